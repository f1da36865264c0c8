//! Labels in folders, laid out as the data sets lay them out.

use std::fs;
use std::path::Path;

use oddframe_core::{FrameNumber, Mask, Rect};
use oddframe_labels::{
    Error, LabelFile, LabelFormat, VideoFrames, read_labels, read_labels_counting_from, read_tracks,
    write_mat_masks, write_npy,
};

fn video(id: &str, numbers: impl IntoIterator<Item = u64>) -> VideoFrames {
    VideoFrames { id: id.into(), numbers: numbers.into_iter().map(FrameNumber).collect() }
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

/// A picture of one pixel.
fn bmp(pixel: u8) -> Vec<u8> {
    let mut bytes = vec![0; 58];
    bytes[..2].copy_from_slice(b"BM");
    (bytes[10], bytes[14], bytes[18], bytes[22], bytes[28], bytes[54]) = (54, 40, 1, 1, 8, pixel);
    bytes
}

fn npy(labels: &[bool]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_npy(&mut bytes, labels).unwrap();
    bytes
}

fn masks(frames: &[[u8; 2]]) -> Vec<u8> {
    let masks: Vec<_> = frames.iter().map(|pixels| Mask::from_pixels(2, 1, pixels).unwrap()).collect();
    let mut bytes = Vec::new();
    write_mat_masks(&mut bytes, &masks).unwrap();
    bytes
}

#[test]
fn a_table_is_preferred_and_brings_its_tracks() {
    let table = b"video,frame,label\n1,0,0\n1,1,1\n".to_vec();
    let tracks = b"video,track,frame,left,top,right,bottom\n1,3,1,0,0,2,2\n".to_vec();
    let videos = [video("01", 0..2)];
    let alone = read(&[("labels.csv", table.clone()), ("gt.mat", vec![])], &videos).unwrap();
    assert_eq!((alone.format, alone.labels.positives()), (LabelFormat::Csv, 1));
    assert!(alone.path.ends_with("labels.csv") && alone.labels.tracks().is_empty());
    let both = read(&[("labels.csv", table), ("tracks.csv", tracks)], &videos).unwrap();
    let rect = Rect { left: 0.0, top: 0.0, right: 2.0, bottom: 2.0 };
    assert_eq!(both.labels.tracks()[0].boxes, [(FrameNumber(1), rect)]);
    assert_ne!(both.sha256, alone.sha256);
}

#[test]
fn wrong_tracks_name_their_file_and_line() {
    let table = b"video,frame,label\n1,0,0\n".to_vec();
    let tracks = b"video,track,frame,left,top,right,bottom\n1,3,1,0,0,2,x\n".to_vec();
    let error = read(&[("labels.csv", table), ("tracks.csv", tracks)], &[]).unwrap_err().to_string();
    assert!(error.ends_with("tracks.csv: line 2: `x` is no bottom; expected a number"), "{error}");
    let error = read_tracks(Path::new("no/tracks.csv")).unwrap_err().to_string();
    assert!(error.contains("tracks.csv: cannot be read"), "{error}");
}

#[test]
fn avenue_masks_are_found_below_the_root() {
    for root in ["", "testing_label_mask/", "ground_truth_demo/testing_label_mask/"] {
        let (two, ten) = (format!("{root}2_label.mat"), format!("{root}10_label.mat"));
        let files = [(&two[..], masks(&[[0, 1]])), (&ten[..], masks(&[[0, 0], [1, 1]]))];
        let file = read(&files, &[video("10", [1]), video("02", [0])]).unwrap();
        assert_eq!(file.format, LabelFormat::VolLabel);
        let [two, ten] = file.labels.videos() else { panic!("two videos") };
        assert_eq!((two.abnormal(), ten.abnormal()), (&[true][..], &[false, true][..]));
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
        assert_eq!((file.format, file.labels.positives()), (LabelFormat::FrameMask, 2));
        let short = read(&files, &[video("01_0014", 0..4)]).unwrap_err().to_string();
        assert!(
            short.contains("01_0014: 3 labels, one fewer than the 4 that its last frame 3 needs"),
            "{short}"
        );
        let from_one = read(&files, &[video("01_0014", 1..4)]).unwrap();
        assert_eq!(from_one.labels.videos()[0].get(FrameNumber(1)), Some(false));
    }
}

#[test]
fn ucsd_pictures_count_like_the_frames_they_belong_to() {
    let files =
        [("Test001_gt/001.bmp", bmp(0)), ("Test001_gt/002.bmp", bmp(255)), ("Test001/001.tif", vec![])];
    for first in [0, 1] {
        let file = read(&files, &[video("Test001", first..first + 2)]).unwrap();
        assert_eq!(file.format, LabelFormat::Bitmaps);
        let labels = &file.labels.videos()[0];
        assert_eq!(labels.abnormal(), [false, true]);
        assert_eq!(labels.numbers()[0], FrameNumber(first));
    }
    let twice = read(&[("Test001_gt_gt/001.bmp", bmp(0))], &[]).unwrap();
    assert_eq!(twice.labels.videos()[0].id().name(), "Test001_gt");
    let error = read(&[("Test001_gt/mask.bmp", bmp(0))], &[]).unwrap_err().to_string();
    assert!(error.ends_with("mask.bmp: a mask's file name must hold its frame's number"), "{error}");
}

/// Labels of three frames in each format that counts frames; the second frame is abnormal.
fn three_frames() -> [Vec<(&'static str, Vec<u8>)>; 3] {
    [
        vec![("test_frame_mask/1.npy", npy(&[false, true, false]))],
        vec![("1_label.mat", masks(&[[0, 0], [0, 1], [0, 0]]))],
        vec![("1_gt/1.bmp", bmp(0)), ("1_gt/2.bmp", bmp(9)), ("1_gt/3.bmp", bmp(0))],
    ]
}

#[test]
fn videos_that_lost_frame_zero_keep_their_labels() {
    for files in three_frames() {
        // Frames 1 and 2 of three: frame 0 is the one that is missing.
        let file = read(&files, &[video("1", [1, 2])]).unwrap();
        let labels = &file.labels.videos()[0];
        assert_eq!(labels.numbers(), [0, 1, 2].map(FrameNumber), "{}", file.format);
        assert_eq!((labels.get(FrameNumber(1)), labels.get(FrameNumber(2))), (Some(true), Some(false)));
        assert_eq!(file.guessed_first_number, None);
    }
}

#[test]
fn where_lists_begin_is_shown_by_their_end_or_asked_for_or_guessed() {
    for files in three_frames() {
        let first = |file: LabelFile| (file.labels.videos()[0].numbers()[0].0, file.guessed_first_number);
        assert_eq!(first(read(&files, &[video("1", 1..4)]).unwrap()), (1, None));
        // Late: only the end of the list says that the video begins with 1.
        assert_eq!(first(read(&files, &[video("1", 2..4)]).unwrap()), (1, None));
        // Scores of the first frame alone say nothing.
        let one = [video("1", [1])];
        assert_eq!(first(read(&files, &one).unwrap()), (1, Some(1)));
        assert_eq!(first(read_from(&files, &one, Some(0)).unwrap()), (0, None));
        assert_eq!(first(read_from(&files, &one, Some(1)).unwrap()), (1, None));
        let error = read_from(&files, &[video("1", 0..3)], Some(1)).unwrap_err().to_string();
        assert!(error.contains("video 1 has a frame 0"), "{error}");
    }
    // The other video's list settles it for both.
    let both = [("test_frame_mask/1.npy", npy(&[true; 9])), ("test_frame_mask/2.npy", npy(&[true; 3]))];
    let file = read(&both, &[video("1", [1]), video("2", [1, 2])]).unwrap();
    assert!(file.labels.videos().iter().all(|v| v.numbers()[0].0 == 0));
    // A table names its frames.
    let table = [("labels.csv", b"video,frame,label\n1,1,0\n".to_vec())];
    assert_eq!(read(&table, &[video("1", [1])]).unwrap().guessed_first_number, None);
    // A file alone is no different.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1_label.mat");
    fs::write(&path, masks(&[[0, 0], [0, 1], [0, 0]])).unwrap();
    let file = read_labels(&path, &[video("1", [1, 2])]).unwrap();
    assert_eq!((file.labels.videos()[0].numbers()[0].0, file.guessed_first_number), (0, None));
    assert_eq!(read_labels(&path, &[video("1", [1])]).unwrap().guessed_first_number, Some(1));
}

#[test]
fn known_files_are_found_and_rivals_are_listed() {
    let list = npy(&[true, false]);
    let videos = [video("1", 0..2)];
    let file = read(&[("frame_labels_x.npy", list.clone()), ("flow.npy", vec![1])], &videos).unwrap();
    assert_eq!((file.format, file.labels.positives()), (LabelFormat::Npy, 1));
    let rivals = read(&[("frame_labels_x.npy", list), ("1_label.mat", vec![]), ("gt.mat", vec![])], &videos);
    let Err(Error::InFile { source, .. }) = rivals else { panic!("one of three was taken") };
    let Error::SeveralCandidates { candidates } = *source else { panic!("{source}") };
    assert_eq!(candidates.len(), 3);
}

#[test]
fn folders_and_files_without_labels_are_errors() {
    let error = |files: &[(&str, Vec<u8>)]| read(files, &[video("1", 0..2)]).unwrap_err().to_string();
    assert!(error(&[]).contains("no labels in this folder"));
    let unknown = error(&[("labels.csv", vec![0xFF, 0])]);
    assert!(unknown.contains("not a label file") && unknown.contains("*_gt/*.bmp"), "{unknown}");
    assert!(error(&[("notes.txt", vec![1]), (".1_label.mat", vec![1])]).contains("no labels in this folder"));
    assert!(error(&[("labels.csv", vec![])]).ends_with("labels.csv: the file is empty"));
    assert!(error(&[("gt.mat", vec![0; 200])]).contains("no MATLAB 5 header"));
    assert!(error(&[("1_label.mat", masks(&[]))]).contains("video 1 has no frames"));
    let missing = read_labels(Path::new("no/labels.csv"), &[]).unwrap_err().to_string();
    assert!(missing.contains("labels.csv: cannot be read"), "{missing}");
}
