//! MATLAB 5 files as other programs write them.

use oddframe_core::{FrameNumber, Labels};

use super::builder::{CELL, CHAR, Mat, OPAQUE, STRUCT, UINT8};
use super::limits::{MAX_MAT_ARRAYS, MAX_MAT_DEPTH};
use super::{MatValue, read_mat};
use crate::{Error, LabelFormat, VideoFrames, read_labels_counting_from, read_labels_from};

const LITTLE: Mat = Mat { big_endian: false };

fn videos() -> [VideoFrames; 2] {
    ["1", "2"].map(|id| VideoFrames {
        id: id.into(),
        numbers: (0..4).map(FrameNumber).collect(),
    })
}

fn read(bytes: &[u8]) -> Result<(Labels, LabelFormat), Error> {
    read_labels_from(bytes, "1_label.mat", &videos())
}

#[test]
fn both_byte_orders_are_read_compressed_or_not() {
    for mat in [LITTLE, Mat { big_endian: true }] {
        for packed in [false, true] {
            let pack = |element: Vec<u8>| {
                if packed {
                    mat.packed(&element)
                } else {
                    element
                }
            };
            let (labels, format) = read(&mat.file(&[pack(mat.intervals())])).unwrap();
            assert_eq!(format, LabelFormat::Intervals);
            assert_eq!(labels.videos()[0].abnormal(), [false, true, true, false]);
            assert_eq!(labels.videos()[1].abnormal(), [false; 4]);

            let one = [VideoFrames {
                id: "1".into(),
                numbers: vec![FrameNumber(1)],
            }];
            let file = mat.file(&[pack(mat.masks())]);
            let (labels, format) = read_labels_from(&file[..], "1_label.mat", &one).unwrap();
            assert_eq!(format, LabelFormat::VolLabel);
            assert_eq!(labels.videos()[0].abnormal(), [false, true]);
            // The fourth value column by column is the second of the lower row.
            assert_eq!(
                labels.videos()[0].masks()[1].to_pixels(),
                [0, 0, 0, 0, 1, 0]
            );
        }
    }
}

#[test]
fn intervals_assume_a_first_frame_of_one_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gt.mat");
    std::fs::write(&path, LITTLE.file(&[LITTLE.intervals()])).unwrap();
    let from = |first: u64| {
        ["1", "2"].map(|id| VideoFrames {
            id: id.into(),
            numbers: (first..4).map(FrameNumber).collect(),
        })
    };
    let read = |first, asked| {
        let file = read_labels_counting_from(&path, &from(first), asked).unwrap();
        (
            file.labels.videos()[0].abnormal().to_vec(),
            file.guessed_first_number,
        )
    };
    assert_eq!(read(0, None), (vec![false, true, true, false], None));
    assert_eq!(read(1, None), (vec![false, true, true], Some(1)));
    assert_eq!(read(1, Some(1)), (vec![false, true, true], None));
    // The frames 1 to 3 of a video that has lost its frame 0.
    assert_eq!(read(1, Some(0)), (vec![true, true, false], None));
    assert!(read_labels_counting_from(&path, &from(1), Some(2)).is_err());
}

#[test]
fn masks_of_floats_are_read() {
    let cells = [LITTLE.doubles(&[1, 3], "", &[0.0, 0.5, f64::NAN])];
    let file = LITTLE.file(&[LITTLE.matrix(CELL, &[1, 1], "volLabel", &cells)]);
    let (labels, _) = read_labels_from(&file[..], "1_label.mat", &[]).unwrap();
    assert_eq!(labels.videos()[0].masks()[0].to_pixels(), [0, 1, 1]);
}

#[test]
fn other_variables_are_skipped() {
    let text = LITTLE.matrix(CHAR, &[1, 2], "note", &[LITTLE.small(16, b"hi")]);
    let table = LITTLE.matrix(OPAQUE, &[], "table", &[LITTLE.small(1, b"MCOS")]);
    let other = LITTLE.doubles(&[1, 3], "other", &[1.0, 2.0, 3.0]);
    for packed in [false, true] {
        let others =
            [&text, &table, &other].map(|e| if packed { LITTLE.packed(e) } else { e.clone() });
        let gt = [LITTLE.intervals()];
        assert!(read(&LITTLE.file(&[&others[..], &gt].concat())).is_ok());
        let error = read(&LITTLE.file(&others)).unwrap_err().to_string();
        assert_eq!(
            error,
            "the file has no variable `gt` or `volLabel`; its variables are `note`, `table`, `other`"
        );
    }
}

#[test]
fn everything_in_a_file_can_be_read() {
    let fields = [b"a\0\0\0b\0\0\0".to_vec()];
    let parts = [
        LITTLE.small(5, &LITTLE.word(4)),
        LITTLE.element(1, &fields[0]),
    ];
    let values = [
        LITTLE.doubles(&[1, 1], "", &[1.0]),
        LITTLE.matrix(CHAR, &[1, 1], "", &[LITTLE.small(16, b"x")]),
    ];
    let record = LITTLE.matrix(
        STRUCT,
        &[1, 1],
        "record",
        &[parts.concat(), values.concat()],
    );
    let empty_cell = LITTLE.matrix(CELL, &[1, 1], "cell", &[LITTLE.element(14, &[])]);
    let file = LITTLE.file(&[record, empty_cell]);
    let variables = read_mat(
        &file[..],
        |_| true,
        |leaf| Ok((leaf.shape().to_vec(), leaf.values().sum::<f64>())),
    );
    let [record, cell] = &variables.unwrap()[..] else {
        panic!("two variables")
    };
    let MatValue::Struct { names, items, .. } = &record.value else {
        panic!("a struct")
    };
    assert_eq!(
        (&names[..], items.len()),
        (&["a".to_string(), "b".to_string()][..], 2)
    );
    assert_eq!(items[0], MatValue::Numbers((vec![1, 1], 1.0)));
    assert_eq!(items[1], MatValue::Skipped);
    let MatValue::Cell { items, .. } = &cell.value else {
        panic!("a cell array")
    };
    assert_eq!(items[..], [MatValue::Numbers((vec![0, 0], 0.0))]);
}

#[test]
fn variables_of_other_structure_are_errors() {
    let error = |element: Vec<u8>| read(&LITTLE.file(&[element])).unwrap_err().to_string();
    let mask = |shape: &[u32], n: usize| {
        LITTLE.matrix(UINT8, shape, "", &[LITTLE.element(2, &vec![0; n])])
    };
    let masks =
        |cells: &[Vec<u8>]| LITTLE.matrix(CELL, &[1, cells.len() as u32], "volLabel", cells);
    assert_eq!(
        error(masks(&[mask(&[2, 3], 6), mask(&[3, 2], 6)])),
        "the mask of frame 1 is 2x3, unlike the first mask of the video"
    );
    assert!(error(masks(&[mask(&[2, 3, 2], 12)])).contains("has the shape [2, 3, 2]"));
    let long = u32::from(u16::MAX);
    assert!(error(masks(&[mask(&[1, long], long as usize)])).contains("has the shape [1, 65535]"));
    assert!(error(masks(&[mask(&[0, 0], 0)])).contains("has the shape [0, 0]"));
    assert!(error(masks(&[masks(&[mask(&[2, 3], 6)])])).contains("`volLabel` is not a cell array"));
    assert!(error(mask_named("volLabel")).contains("`volLabel` is not a cell array"));
    assert!(error(LITTLE.matrix(CHAR, &[1, 1], "gt", &[])).contains("`gt` is not a cell array"));
    assert!(
        error(LITTLE.matrix(CELL, &[1, 1], "gt", &[])).contains("an array ends before its parts")
    );
    let mut hdf5 = b"MATLAB 7.3 MAT-file".to_vec();
    hdf5.resize(600, b' ');
    assert!(read(&hdf5).unwrap_err().to_string().contains("-v7"));
}

fn mask_named(name: &str) -> Vec<u8> {
    LITTLE.matrix(UINT8, &[2, 3], name, &[LITTLE.element(2, &[0; 6])])
}

#[test]
fn claimed_sizes_allocate_no_memory() {
    let whole = |element: Vec<u8>| read(&LITTLE.file(&[LITTLE.packed(&element)])).unwrap_err();
    // Two thousand million cells, four thousand million pixels, sizes that overflow.
    for shape in [[1, i32::MAX as u32], [i32::MAX as u32, i32::MAX as u32]] {
        let error = whole(LITTLE.matrix(CELL, &shape, "volLabel", &[]));
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
        let pixels = LITTLE.matrix(UINT8, &shape, "", &[LITTLE.element(2, &[])]);
        let error = whole(LITTLE.matrix(CELL, &[1, 1], "volLabel", &[pixels]));
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
    let error = whole(LITTLE.matrix(CELL, &[i32::MAX as u32; 4], "volLabel", &[]));
    assert!(
        error.to_string().contains("the size of an array overflows"),
        "{error}"
    );
    let error = whole(LITTLE.matrix(CELL, &[1, u32::MAX], "volLabel", &[]));
    assert!(error.to_string().contains("an axis is negative"), "{error}");
    let error = whole(LITTLE.matrix(CELL, &[1, 1, 1].repeat(99), "volLabel", &[]));
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[test]
fn decompression_bombs_are_bounded() {
    let whole = |element: Vec<u8>| {
        read(&LITTLE.file(&[LITTLE.packed(&element)]))
            .unwrap_err()
            .to_string()
    };
    // An array larger than any mask.
    let side = 1 << 14;
    let pixels = [
        LITTLE.head(UINT8, &[side, side + 1], ""),
        LITTLE.claim(2, side * (side + 1), &[]),
    ]
    .concat();
    let cells = [
        LITTLE.head(CELL, &[1, 1], "volLabel"),
        LITTLE.claim(14, 2 * side * side, &pixels),
    ]
    .concat();
    let large = whole(LITTLE.claim(14, 3 * side * side, &cells));
    assert_eq!(large, "too many bytes in an array: the limit is 268435456");
    // More cells than any video has frames, eight bytes each.
    let cells = vec![LITTLE.element(14, &[]); MAX_MAT_ARRAYS as usize + 1];
    let many = whole(LITTLE.matrix(CELL, &[1, cells.len() as u32], "gt", &cells));
    assert_eq!(many, "too many arrays in the file: the limit is 1048576");
    // More intervals than the limit.
    let long = LITTLE.matrix(
        UINT8,
        &[2, 1 << 18],
        "",
        &[LITTLE.element(2, &vec![1; 1 << 19])],
    );
    let long = whole(LITTLE.matrix(CELL, &[1, 3], "gt", &[long.clone(), long.clone(), long]));
    assert_eq!(long, "too many intervals: the limit is 524288");
    // Cells in cells in cells.
    let mut nested = LITTLE.doubles(&[1, 1], "", &[1.0]);
    for depth in 0..=MAX_MAT_DEPTH {
        nested = LITTLE.matrix(
            CELL,
            &[1, 1],
            if depth == MAX_MAT_DEPTH { "gt" } else { "" },
            &[nested],
        );
    }
    assert_eq!(
        whole(nested),
        "too many levels of cells inside cells: the limit is 16"
    );
}
