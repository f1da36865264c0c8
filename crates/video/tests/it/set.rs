use std::fs;
use std::path::{Path, PathBuf};

use oddframe_video::{Error, VideoSet};
use tempfile::TempDir;

/// A folder with empty files.
fn make_folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

/// The training and test files, relative to the folder.
fn find(folder: &Path) -> (Vec<String>, Vec<String>) {
    let set = VideoSet::find(folder).unwrap();
    let names = |files: &[PathBuf]| {
        files
            .iter()
            .map(|file| file.strip_prefix(folder).unwrap().display().to_string())
            .collect()
    };
    (names(set.train()), names(set.test()))
}

#[test]
fn the_known_layouts_are_found() {
    for (train, test) in [
        ("training_videos/01.avi", "testing_videos/01.avi"),
        ("training/videos/01_001.avi", "testing/videos/01_0014.avi"),
        ("train/a.mp4", "test/b.MKV"),
        ("train/normal/a.mp4", "test/b.webm"),
        (
            "Avenue Dataset/training_videos/01.avi",
            "Avenue Dataset/testing_videos/01.avi",
        ),
    ] {
        let folder = make_folder(&[train, test, "readme.txt", ".hidden.mp4"]);
        let found = find(folder.path());
        assert_eq!(found, (vec![train.to_owned()], vec![test.to_owned()]));
    }
}

#[test]
fn other_folders_hold_videos_to_score_in_natural_order() {
    let folder = make_folder(&["10.mp4", "9.mp4", "notes.txt", "camera.mov", "._9.mp4"]);
    let (train, test) = find(folder.path());
    assert!(train.is_empty());
    assert_eq!(test, ["9.mp4", "10.mp4", "camera.mov"]);
    let folder = make_folder(&["test/a.mp4"]);
    assert_eq!(
        find(folder.path()),
        (Vec::new(), vec!["test/a.mp4".to_owned()])
    );
}

#[test]
fn a_file_is_one_video_to_score() {
    let folder = make_folder(&["clip.bin"]);
    let file = folder.path().join("clip.bin");
    let set = VideoSet::find(&file).unwrap();
    assert_eq!((set.train().len(), set.test()), (0, &[file][..]));
}

#[test]
fn what_is_missing_or_ambiguous_is_an_error() {
    let empty = make_folder(&["a/notes.txt"]);
    let error = VideoSet::find(empty.path()).unwrap_err();
    assert!(matches!(error, Error::NoVideos { .. }), "{error}");
    assert!(error.to_string().contains("training_videos"), "{error}");
    let same = make_folder(&["test/01.mp4", "test/1.avi"]);
    let error = VideoSet::find(same.path()).unwrap_err();
    assert!(matches!(error, Error::SameVideo { .. }), "{error}");
    let missing = empty.path().join("missing");
    assert!(matches!(VideoSet::find(&missing), Err(Error::Io { .. })));
}
