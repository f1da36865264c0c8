//! Labels in folders with the layouts of the data sets.

use std::fs;
use std::path::Path;

use oddframe_core::{FrameNumber, Mask, Rect};
use oddframe_labels::{
    Error, LabelFile, LabelFormat, VideoFrames, read_labels, read_labels_counting_from,
    write_mat_masks, write_npy_labels,
};

fn video(id: &str, numbers: impl IntoIterator<Item = u64>) -> VideoFrames {
    VideoFrames {
        id: id.into(),
        numbers: numbers.into_iter().map(FrameNumber).collect(),
    }
}

/// Writes these files and reads the folder's labels.
fn read(files: &[(&str, Vec<u8>)], videos: &[VideoFrames]) -> Result<LabelFile, Error> {
    read_from(files, videos, None)
}

fn read_from(
    files: &[(&str, Vec<u8>)],
    videos: &[VideoFrames],
    first_number: Option<u64>,
) -> Result<LabelFile, Error> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    read_labels_counting_from(folder.path(), videos, first_number)
}

/// An 8-bit image of one pixel.
fn bmp(pixel: u8) -> Vec<u8> {
    bmp_of_depth(8, pixel)
}

/// An image of one pixel without a palette.
fn bmp_of_depth(bits: u8, first_byte: u8) -> Vec<u8> {
    let mut bytes = vec![0; 58];
    bytes[..2].copy_from_slice(b"BM");
    (
        bytes[10], bytes[14], bytes[18], bytes[22], bytes[28], bytes[54],
    ) = (54, 40, 1, 1, bits, first_byte);
    bytes
}

fn npy(labels: &[bool]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_npy_labels(&mut bytes, labels).unwrap();
    bytes
}

fn masks(frames: &[[u8; 2]]) -> Vec<u8> {
    let masks: Vec<_> = frames
        .iter()
        .map(|pixels| Mask::from_pixels(2, 1, pixels).unwrap())
        .collect();
    let mut bytes = Vec::new();
    write_mat_masks(&mut bytes, &masks).unwrap();
    bytes
}

#[test]
fn a_table_is_preferred_and_brings_its_tracks() {
    let table = b"video,frame,label\n1,0,0\n1,1,1\n".to_vec();
    let tracks = b"video,track,frame,left,top,right,bottom\n1,3,1,0,0,2,2\n".to_vec();
    let videos = [video("01", 0..2)];
    let alone = read(
        &[("labels.csv", table.clone()), ("gt.mat", vec![])],
        &videos,
    )
    .unwrap();
    assert_eq!(
        (alone.format, alone.labels.positives()),
        (LabelFormat::Csv, 1)
    );
    assert!(alone.path.ends_with("labels.csv") && alone.labels.tracks().is_empty());
    let both = read(&[("labels.csv", table), ("tracks.csv", tracks)], &videos).unwrap();
    let rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 2.0,
        bottom: 2.0,
    };
    assert_eq!(both.labels.tracks()[0].boxes, [(FrameNumber(1), rect)]);
    assert_ne!(both.sha256, alone.sha256);
}

#[test]
fn wrong_tracks_name_their_file_and_line() {
    let table = b"video,frame,label\n1,0,0\n".to_vec();
    let tracks = b"video,track,frame,left,top,right,bottom\n1,3,1,0,0,2,x\n".to_vec();
    let error = read(&[("labels.csv", table), ("tracks.csv", tracks)], &[])
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("tracks.csv: line 2: `x` is not a valid bottom; expected a number"),
        "{error}"
    );
}

#[test]
fn avenue_masks_are_found_below_the_root() {
    for root in [
        "",
        "testing_label_mask/",
        "ground_truth_demo/testing_label_mask/",
    ] {
        let (two, ten) = (format!("{root}2_label.mat"), format!("{root}10_label.mat"));
        let files = [
            (&two[..], masks(&[[0, 1]])),
            (&ten[..], masks(&[[0, 0], [1, 1]])),
        ];
        let file = read(&files, &[video("10", [1]), video("02", [0])]).unwrap();
        assert_eq!(file.format, LabelFormat::VolLabel);
        let [two, ten] = file.labels.videos() else {
            panic!("two videos")
        };
        assert_eq!(
            (two.abnormal(), ten.abnormal()),
            (&[true][..], &[false, true][..])
        );
        assert_eq!(two.masks()[0].to_pixels(), [0, 1]);
        assert_eq!(ten.numbers(), [FrameNumber(0), FrameNumber(1)]);
    }
}

#[test]
fn shanghaitech_lists_are_found_from_the_folder_and_above() {
    for root in ["", "testing/"] {
        let name = format!("{root}test_frame_mask/01_0014.npy");
        let files = [(&name[..], npy(&[false, true, true]))];
        let file = read(&files, &[video("01_0014", 0..3)]).unwrap();
        assert_eq!(
            (file.format, file.labels.positives()),
            (LabelFormat::FrameMask, 2)
        );
        let short = read(&files, &[video("01_0014", 0..4)])
            .unwrap_err()
            .to_string();
        assert!(
            short.contains("01_0014: 3 labels, one fewer than the 4 that reach its last frame 3"),
            "{short}"
        );
        let from_one = read(&files, &[video("01_0014", 1..4)]).unwrap();
        assert_eq!(from_one.labels.videos()[0].get(FrameNumber(1)), Some(false));
    }
}

#[test]
fn ucsd_masks_count_like_the_frames_of_their_video() {
    let files = [
        ("Test001_gt/001.bmp", bmp(0)),
        ("Test001_gt/002.bmp", bmp(255)),
        ("Test001/001.tif", vec![]),
    ];
    for first in [0, 1] {
        let file = read(&files, &[video("Test001", first..first + 2)]).unwrap();
        assert_eq!(file.format, LabelFormat::Bitmaps);
        let labels = &file.labels.videos()[0];
        assert_eq!(labels.abnormal(), [false, true]);
        assert_eq!(labels.numbers()[0], FrameNumber(first));
    }
    let twice = read(&[("Test001_gt_gt/001.bmp", bmp(0))], &[]).unwrap();
    assert_eq!(twice.labels.videos()[0].id().name(), "Test001_gt");
    let error = read(&[("Test001_gt/mask.bmp", bmp(0))], &[])
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("mask.bmp: the file name of a mask must contain the number of its frame"),
        "{error}"
    );
}

/// Labels of three frames in each format that counts frames; the second frame is abnormal.
fn three_frames() -> [Vec<(&'static str, Vec<u8>)>; 3] {
    [
        vec![("test_frame_mask/1.npy", npy(&[false, true, false]))],
        vec![("1_label.mat", masks(&[[0, 0], [0, 1], [0, 0]]))],
        vec![
            ("1_gt/1.bmp", bmp(0)),
            ("1_gt/2.bmp", bmp(9)),
            ("1_gt/3.bmp", bmp(0)),
        ],
    ]
}

#[test]
fn videos_that_lost_frame_zero_keep_their_labels() {
    for files in three_frames() {
        // Frames 1 and 2 of three: frame 0 is the one that is missing.
        let file = read(&files, &[video("1", [1, 2])]).unwrap();
        let labels = &file.labels.videos()[0];
        assert_eq!(
            labels.numbers(),
            [0, 1, 2].map(FrameNumber),
            "{}",
            file.format
        );
        assert_eq!(
            (labels.get(FrameNumber(1)), labels.get(FrameNumber(2))),
            (Some(true), Some(false))
        );
        assert_eq!(file.guessed_first_number, None);
    }
}

#[test]
fn the_first_frame_number_is_proven_given_or_assumed() {
    for files in three_frames() {
        let first = |file: LabelFile| {
            (
                file.labels.videos()[0].numbers()[0].0,
                file.guessed_first_number,
            )
        };
        assert_eq!(first(read(&files, &[video("1", 1..4)]).unwrap()), (1, None));
        // The video starts late: only the end of the list shows that it counts from 1.
        assert_eq!(first(read(&files, &[video("1", 2..4)]).unwrap()), (1, None));
        // The first frame alone shows nothing.
        let one = [video("1", [1])];
        assert_eq!(first(read(&files, &one).unwrap()), (1, Some(1)));
        assert_eq!(first(read_from(&files, &one, Some(0)).unwrap()), (0, None));
        assert_eq!(first(read_from(&files, &one, Some(1)).unwrap()), (1, None));
        let error = read_from(&files, &[video("1", 0..3)], Some(1))
            .unwrap_err()
            .to_string();
        assert!(error.contains("video 1 has a frame 0"), "{error}");
    }
    // The list of the other video decides for both.
    let both = [
        ("test_frame_mask/1.npy", npy(&[true; 9])),
        ("test_frame_mask/2.npy", npy(&[true; 3])),
    ];
    let file = read(&both, &[video("1", [1]), video("2", [1, 2])]).unwrap();
    assert!(file.labels.videos().iter().all(|v| v.numbers()[0].0 == 0));
    // A table names its frames.
    let table = [("labels.csv", b"video,frame,label\n1,1,0\n".to_vec())];
    assert_eq!(
        read(&table, &[video("1", [1])])
            .unwrap()
            .guessed_first_number,
        None
    );
    // A single file behaves like a folder.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1_label.mat");
    fs::write(&path, masks(&[[0, 0], [0, 1], [0, 0]])).unwrap();
    let file = read_labels(&path, &[video("1", [1, 2])]).unwrap();
    assert_eq!(
        (
            file.labels.videos()[0].numbers()[0].0,
            file.guessed_first_number
        ),
        (0, None)
    );
    assert_eq!(
        read_labels(&path, &[video("1", [1])])
            .unwrap()
            .guessed_first_number,
        Some(1)
    );
}

#[test]
fn known_files_are_found_and_several_candidates_are_listed() {
    let list = npy(&[true, false]);
    let videos = [video("1", 0..2)];
    let file = read(
        &[("frame_labels_x.npy", list.clone()), ("flow.npy", vec![1])],
        &videos,
    )
    .unwrap();
    assert_eq!(
        (file.format, file.labels.positives()),
        (LabelFormat::Npy, 1)
    );
    let rivals = read(
        &[
            ("frame_labels_x.npy", list),
            ("1_label.mat", vec![]),
            ("gt.mat", vec![]),
        ],
        &videos,
    );
    let Err(Error::InFile { source, .. }) = rivals else {
        panic!("one of three was taken")
    };
    let Error::SeveralCandidates { candidates } = *source else {
        panic!("{source}")
    };
    assert_eq!(candidates.len(), 3);
}

#[test]
fn folders_and_files_without_labels_are_errors() {
    let error =
        |files: &[(&str, Vec<u8>)]| read(files, &[video("1", 0..2)]).unwrap_err().to_string();
    assert!(error(&[]).contains("no labels in this folder"));
    let unknown = error(&[("labels.csv", vec![0xFF, 0])]);
    assert!(
        unknown.contains("not a label file") && unknown.contains("*_gt/*.bmp"),
        "{unknown}"
    );
    assert!(
        error(&[("notes.txt", vec![1]), (".1_label.mat", vec![1])])
            .contains("no labels in this folder")
    );
    assert!(error(&[("labels.csv", vec![])]).ends_with("labels.csv: the file is empty"));
    assert!(error(&[("gt.mat", vec![0; 200])]).contains("no MATLAB 5 header"));
    assert!(error(&[("1_label.mat", masks(&[]))]).contains("video 1 has no frames"));
    let missing = read_labels(Path::new("no/labels.csv"), &[])
        .unwrap_err()
        .to_string();
    assert!(missing.contains("labels.csv: cannot be read"), "{missing}");
}

/// UCSD's script for two videos: frames 2 to 3 of the first, 1 and 3 to 4 of the second.
const SCRIPT: &[u8] = b"% ground truth\r\nTestVideoFile = {};\r\n\
    TestVideoFile{end+1}.gt_frame = [2:3];\r\nTestVideoFile{end+1}.gt_frame = [1, 3:4];\r\n";

#[test]
fn ucsd_scripts_label_videos_in_natural_order() {
    for (first, ids) in [
        (1, ["Test001", "Test002"]),
        (0, ["01", "02"]),
        (1, ["Test9", "Test10"]),
    ] {
        let videos = ids.map(|id| video(id, first..first + 4));
        for name in ["UCSDped1.m", "Test/UCSDped2.m"] {
            let file = read(&[(name, SCRIPT.to_vec())], &videos).unwrap();
            assert_eq!(file.format, LabelFormat::Script);
            let [one, two] = ids.map(|id| file.labels.video(&id.into()).unwrap());
            assert_eq!(one.abnormal(), [false, true, true, false]);
            assert_eq!(two.abnormal(), [true, false, true, true]);
            assert_eq!(
                (one.numbers()[0], file.path.ends_with(name)),
                (FrameNumber(first), true)
            );
        }
    }
    let error = read(&[("UCSDped1.m", SCRIPT.to_vec())], &[video("a", 1..5)])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("UCSDped1.m: the file has 2 interval lists for 1 videos"),
        "{error}"
    );
    let error = read(
        &[(
            "UCSDped1.m",
            b"v.gt_frame = [1:2];\nv.gt_frame = [x];".to_vec(),
        )],
        &[],
    );
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("UCSDped1.m: line 2: `x]` is not a frame range"),
        "{error}"
    );
}

#[test]
fn ucsd_folders_are_read_from_their_root() {
    let masks = |bits| {
        [
            ("Test/Test001_gt/001.bmp", bmp_of_depth(bits, 0)),
            ("Test/Test001_gt/002.bmp", bmp_of_depth(bits, 255)),
            ("Test/Test001_gt/003.bmp", bmp_of_depth(bits, 255)),
            ("Test/Test001_gt/004.bmp", bmp_of_depth(bits, 0)),
            ("Test/Test002_gt/001.BMP", bmp_of_depth(bits, 255)),
            ("Test/Test002_gt/002.BMP", bmp_of_depth(bits, 0)),
            ("Test/Test002_gt/003.BMP", bmp_of_depth(bits, 255)),
            ("Test/Test002_gt/004.BMP", bmp_of_depth(bits, 255)),
        ]
    };
    let videos = ["Test001", "Test002"].map(|id| video(id, 1..5));
    let script = read(&[("Test/UCSDped1.m", SCRIPT.to_vec())], &videos).unwrap();
    for bits in [1, 8] {
        let file = read(&masks(bits), &videos).unwrap();
        assert_eq!(file.format, LabelFormat::Bitmaps);
        for (mask, script) in file.labels.videos().iter().zip(script.labels.videos()) {
            assert_eq!(
                (mask.id(), mask.abnormal()),
                (script.id(), script.abnormal())
            );
        }
        // The script labels every video of Ped1, the masks only some, so the script has priority.
        let both = [&masks(bits)[..], &[("Test/UCSDped1.m", SCRIPT.to_vec())]].concat();
        assert_eq!(read(&both, &videos).unwrap().format, LabelFormat::Script);
    }
}

#[test]
fn an_assumed_first_number_has_a_sentence_for_the_user() {
    let videos = ["Test001", "Test002"].map(|id| video(id, 1..5));
    let files = [("UCSDped1.m", SCRIPT.to_vec())];
    let note = read(&files, &videos).unwrap().counting_note().unwrap();
    assert!(
        note.contains("UCSDped1.m does not say") && note.contains("1 was assumed"),
        "{note}"
    );
    assert!(note.ends_with("use --count-from 0"), "{note}");
    for first in [0, 1] {
        assert_eq!(
            read_from(&files, &videos, Some(first))
                .unwrap()
                .counting_note(),
            None
        );
    }
}

#[test]
fn errors_name_the_file_in_every_format() {
    let files = [
        ("labels.csv", b"video,frame,label\n1,0,2\n".to_vec()),
        ("frame_labels.npy", npy(&[true; 3])),
        ("gt.mat", vec![0; 200]),
        ("UCSDped2.m", b"v.gt_frame = 1;\nv.gt_frame = ;".to_vec()),
        ("1_label.mat", vec![0; 200]),
        ("test_frame_mask/1.npy", npy(&[true])),
        ("1_gt/7.bmp", vec![0; 60]),
    ];
    for (name, content) in files {
        let error = read(&[(name, content)], &[video("1", 0..2)])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("{name}: ")),
            "{name} is not named: {error}"
        );
    }
}
