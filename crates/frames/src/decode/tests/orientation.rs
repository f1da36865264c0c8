//! Orientation tags are applied as `cv2.imread` of OpenCV 5.0.0 applies them; each expectation was
//! checked against it.

use super::*;

/// Where OpenCV takes the pixel at a row and column of the upright picture from, in a stored
/// picture of this size.
fn stored_place(
    orientation: u16,
    (row, column): (usize, usize),
    (width, height): (usize, usize),
) -> (usize, usize) {
    let (bottom, right) = (height - 1, width - 1);
    match orientation {
        2 => (row, right - column),
        3 => (bottom - row, right - column),
        4 => (bottom - row, column),
        5 => (column, row),
        6 => (bottom - column, row),
        7 => (bottom - column, right - row),
        8 => (column, right - row),
        _ => (row, column),
    }
}

/// Asserts that `file` decodes to the pixels of `stored`, turned upright, and that `probe` gives
/// the same size.
fn assert_upright(file: &[u8], stored: &Frame, orientation: u16, context: &str) {
    let (shape, size) = (
        stored.shape(),
        (stored.shape().width(), stored.shape().height()),
    );
    let frame = decode(file, shape.format()).unwrap();
    let upright = if orientation > 4 {
        (size.1, size.0)
    } else {
        size
    };
    assert_eq!(
        (frame.shape().width(), frame.shape().height()),
        upright,
        "{context}, orientation {orientation}"
    );
    assert_eq!(
        probe(file).unwrap().with_format(shape.format()),
        frame.shape(),
        "{context}"
    );
    let channels = shape.channels();
    for (place, pixel) in frame.pixels().chunks_exact(channels).enumerate() {
        let (row, column) = stored_place(orientation, (place / upright.0, place % upright.0), size);
        let expected = &stored.row(row)[column * channels..][..channels];
        assert_eq!(
            pixel, expected,
            "{context}, orientation {orientation}, pixel {place}"
        );
    }
}

/// EXIF data with one entry, the orientation, as an unsigned 16-bit number.
fn exif(little: bool, orientation: u16) -> Vec<u8> {
    tiff(little, &[(0x112, 3, 1, orientation.into())], &[])
}

/// An APP1 segment of a JPEG.
fn app1(signature: &[u8], data: &[u8]) -> Vec<u8> {
    let length = (2 + signature.len() + data.len()) as u16;
    [
        &[0xFF, 0xE1],
        length.to_be_bytes().as_slice(),
        signature,
        data,
    ]
    .concat()
}

/// `file` with a JPEG segment at the front, where cameras write EXIF data.
fn with_segment(file: &[u8], segment: &[u8]) -> Vec<u8> {
    [&file[..2], segment, &file[2..]].concat()
}

#[test]
fn a_jpeg_is_turned_as_its_exif_orientation_says() {
    for (name, file) in jpegs() {
        for format in [GRAY, RGB] {
            let stored = decode(&file, format).unwrap();
            for little in [true, false] {
                for orientation in 1..=8 {
                    let tagged =
                        with_segment(&file, &app1(b"Exif\0\0", &exif(little, orientation)));
                    assert_upright(&tagged, &stored, orientation, name);
                }
            }
        }
    }
}

#[test]
fn the_first_readable_exif_segment_decides() {
    let (_, file) = &jpegs()[0];
    let stored = decode(file, RGB).unwrap();
    let turned = app1(b"Exif\0\0", &exif(true, 6));
    let xmp = app1(b"http://ns.adobe.com/xap/1.0/\0", b"<x/>");
    let scan = file.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap();
    for (what, file) in [
        (
            "XMP before",
            with_segment(file, &[xmp.as_slice(), &turned].concat()),
        ),
        (
            "XMP behind",
            with_segment(file, &[turned.as_slice(), &xmp].concat()),
        ),
        (
            "another EXIF behind",
            with_segment(
                file,
                &[turned.clone(), app1(b"Exif\0\0", &exif(true, 3))].concat(),
            ),
        ),
        (
            "damaged EXIF before",
            with_segment(file, &[app1(b"Exif\0\0", b"XX"), turned.clone()].concat()),
        ),
        (
            "just before the scan",
            [&file[..scan], &turned, &file[scan..]].concat(),
        ),
    ] {
        assert_upright(&file, &stored, 6, what);
    }
}

#[test]
fn damaged_or_foreign_exif_data_is_ignored() {
    let (_, file) = &jpegs()[0];
    let stored = decode(file, RGB).unwrap();
    let good = exif(true, 6);
    let mut wrong_version = good.clone();
    wrong_version[2] = 43;
    let mut directory_far_away = good.clone();
    directory_far_away[4..8].fill(0xFF);
    let mut mixed_byte_order = good.clone();
    mixed_byte_order[1] = b'M';
    for (what, signature, data) in [
        ("zero", b"Exif\0\0", exif(true, 0)),
        ("nine", b"Exif\0\0", exif(false, 9)),
        ("no EXIF signature", b"Nope\0\0", good.clone()),
        ("version 43", b"Exif\0\0", wrong_version),
        (
            "a directory beyond the end",
            b"Exif\0\0",
            directory_far_away,
        ),
        ("a mixed byte order", b"Exif\0\0", mixed_byte_order),
        ("no entries", b"Exif\0\0", tiff(true, &[], &[])),
        ("no data", b"Exif\0\0", Vec::new()),
        ("an entry cut short", b"Exif\0\0", good[..19].to_vec()),
    ] {
        assert_upright(
            &with_segment(file, &app1(signature, &data)),
            &stored,
            1,
            what,
        );
    }
    // The value needs two bytes; OpenCV does not miss the rest of the entry.
    assert_upright(
        &with_segment(file, &app1(b"Exif\0\0", &good[..20])),
        &stored,
        6,
        "the last bytes cut off",
    );
}

#[test]
fn a_png_is_turned_as_its_exif_chunk_says() {
    let file = raster(
        ImageFormat::Png,
        &texture(21, 13, 3),
        21,
        13,
        ExtendedColorType::Rgb8,
    );
    // The signature and IHDR take 33 bytes.
    let with_chunk = |data: &[u8]| [&file[..33], &png_chunk(*b"eXIf", data), &file[33..]].concat();
    for format in [GRAY, RGB] {
        let stored = decode(&file, format).unwrap();
        for orientation in 1..=8 {
            assert_upright(
                &with_chunk(&exif(true, orientation)),
                &stored,
                orientation,
                "PNG",
            );
            assert_upright(
                &with_chunk(&exif(false, orientation)),
                &stored,
                orientation,
                "PNG",
            );
        }
        assert_upright(&with_chunk(b"II*\0"), &stored, 1, "PNG with damaged EXIF");
    }
}

#[test]
fn a_tiff_is_turned_as_its_orientation_tag_says() {
    // Three bytes of gray in two rows; the pixels follow the directory of nine entries.
    const PIXELS: u32 = 8 + 2 + 9 * 12 + 4;
    let made = |kind: u16, count: u32, orientation: u32| {
        let tags = [
            (256, 3),
            (257, 2),
            (258, 8),
            (259, 1),
            (262, 1),
            (273, PIXELS),
        ];
        let mut entries: Vec<_> = tags
            .iter()
            .map(|(tag, value)| (*tag, 4, 1, *value))
            .collect();
        entries.extend([
            (274, kind, count, orientation),
            (278, 4, 1, 2),
            (279, 4, 1, 6),
        ]);
        tiff(true, &entries, &[10, 20, 30, 40, 50, 60])
    };
    let stored = decode(&made(3, 1, 1), GRAY).unwrap();
    assert_eq!(stored.pixels(), [10, 20, 30, 40, 50, 60]);
    for kind in [1, 3, 4] {
        for orientation in 1..=8 {
            assert_upright(
                &made(kind, 1, orientation.into()),
                &stored,
                orientation,
                "TIFF",
            );
        }
    }
    for (kind, count, orientation) in [(3, 1, 0), (3, 1, 9), (3, 2, 6), (3, 0, 6), (5, 1, 6)] {
        assert_upright(
            &made(kind, count, orientation),
            &stored,
            1,
            "TIFF with a useless tag",
        );
    }
}

proptest! {
    #[test]
    fn any_exif_data_decodes_to_an_upright_picture(
        data in prop::collection::vec(any::<u8>(), 0..64),
        start in prop::sample::select(vec![b"II*\0\x08\0\0\0".to_vec(), b"MM\0*\0\0\0\x08".to_vec(), Vec::new()]),
    ) {
        let (_, file) = &jpegs()[0];
        let tagged = with_segment(file, &app1(b"Exif\0\0", &[start, data].concat()));
        let frame = decode(&tagged, GRAY).unwrap();
        prop_assert_eq!(probe(&tagged).unwrap().with_format(GRAY), frame.shape());
        prop_assert_eq!(frame.pixels().len(), 45 * 37);
    }
}
