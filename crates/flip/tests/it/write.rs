//! Repaired videos as folders of images.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use crate::common::{Brightness, Made};
use oddframe_core::{DraftFolderError, Error as CoreError, Event, FrameSource, Silent};
use oddframe_flip::{Error, FrameFormat, Upright, UprightOptions, WriteOptions, write_cleaned};
use oddframe_frames::Dataset;

const PNG: WriteOptions = WriteOptions::new().with_format(FrameFormat::Png);

fn upright(name: &str, shows: &str) -> Upright<Made> {
    let made = Made::text(name, shows);
    Upright::new(
        made,
        &mut Brightness::new(),
        UprightOptions::new(),
        &mut Silent,
    )
    .unwrap()
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let videos = [upright("01", "uffuc"), upright("02", "f")];
    let sources: Vec<&dyn FrameSource> = videos.iter().map(|v| v as _).collect();
    // How far a gray level may be off.
    for (options, reach) in [(PNG.with_threads(3), 0), (WriteOptions::new(), 6)] {
        let target = folder
            .path()
            .join(format!("{reach}/cleaned_testing_videos"));
        assert_eq!(
            write_cleaned(&sources, &target, options, &mut Silent).unwrap(),
            target
        );
        let data = Dataset::open(&target).unwrap();
        assert_eq!(data.test().len(), 2);
        for (written, video) in data.test().iter().zip(&videos) {
            assert_eq!(
                (written.id(), written.numbers()),
                (video.id(), video.numbers())
            );
            for index in 0..video.numbers().len() {
                let (found, expected) = (written.read(index).unwrap(), video.read(index).unwrap());
                let far = found
                    .pixels()
                    .iter()
                    .zip(expected.pixels())
                    .map(|(a, b)| a.abs_diff(*b))
                    .max();
                assert!(far.unwrap() <= reach, "{far:?}");
            }
        }
        assert_eq!(
            fs::read_dir(target.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }
    assert!(
        folder
            .path()
            .join("0/cleaned_testing_videos/01/frame_00010.png")
            .exists()
    );
    assert!(
        folder
            .path()
            .join("6/cleaned_testing_videos/02/frame_00007.jpg")
            .exists()
    );
}

#[test]
fn gray_frames_are_written_gray() {
    use oddframe_core::PixelFormat;
    use oddframe_frames::Prepare;
    let folder = tempfile::tempdir().unwrap();
    let gray = Prepare::new(6, 5)
        .unwrap()
        .with_format(PixelFormat::Gray)
        .of(upright("1", "uf"));
    for (name, options) in [("png", PNG), ("jpg", WriteOptions::new())] {
        let target = folder.path().join(name);
        write_cleaned(&[&gray], &target, options, &mut Silent).unwrap();
        let data = Dataset::open(&target).unwrap();
        assert_eq!(data.test()[0].shape(), gray.shape());
        let (found, expected) = (data.test()[0].read(1).unwrap(), gray.read(1).unwrap());
        assert!(
            found
                .pixels()
                .iter()
                .zip(expected.pixels())
                .all(|(a, b)| a.abs_diff(*b) <= 3)
        );
    }
}

#[test]
fn what_is_there_is_never_touched() {
    let folder = tempfile::tempdir().unwrap();
    let video = upright("1", "uf");
    let write = |target: &Path| write_cleaned(&[&video], target, PNG, &mut Silent);
    let (full, file, empty) = (
        folder.path().join("full"),
        folder.path().join("file"),
        folder.path().join("empty"),
    );
    fs::create_dir_all(full.join("1")).unwrap();
    fs::create_dir(&empty).unwrap();
    fs::write(&file, "mine").unwrap();
    assert!(matches!(
        write(&full),
        Err(Error::Folder(DraftFolderError::NotEmpty { .. }))
    ));
    assert!(matches!(
        write(&file),
        Err(Error::Folder(DraftFolderError::NotAFolder { .. }))
    ));
    assert!(matches!(
        write(&file.join("below")),
        Err(Error::Folder(
            DraftFolderError::NotAFolder { .. } | DraftFolderError::Io { .. }
        ))
    ));
    assert!(matches!(
        write(Path::new("/")),
        Err(Error::Folder(DraftFolderError::NotEmpty { .. }))
    ));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    write(&empty).unwrap();
    assert!(matches!(
        write(&empty),
        Err(Error::Folder(DraftFolderError::NotEmpty { .. }))
    ));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        3,
        "no unfinished folder is left"
    );
}

#[test]
fn what_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("cleaned");
    let write =
        |videos: &[&dyn FrameSource], options| write_cleaned(videos, &target, options, &mut Silent);
    let broken = Made::text("1", "uuuub");
    let error = write(&[&broken], PNG).unwrap_err().to_string();
    assert!(error.contains("frame 19: made to fail"), "{error}");
    assert!(matches!(
        write(&[], PNG),
        Err(Error::Core(CoreError::Nothing { .. }))
    ));
    let twice = [Made::text("1", "u"), Made::text("01", "u")];
    assert!(matches!(
        write(&[&twice[0], &twice[1]], PNG),
        Err(Error::Core(CoreError::DuplicateVideo { .. }))
    ));
    for name in ["..", "", "a/b", "/etc", ".", "a\\b", "a/"] {
        let error = write(&[&Made::text(name, "u")], PNG).unwrap_err();
        assert!(matches!(error, Error::FolderName { .. }), "{name}: {error}");
    }
    for quality in [0, 101] {
        let options = WriteOptions::new().with_format(FrameFormat::Jpeg { quality });
        assert!(matches!(
            write(&[&twice[0]], options),
            Err(Error::Parameter { .. })
        ));
    }
    let mut stop = |event: Event<'_>| match event {
        Event::Advanced { done: 2 } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let stopped = write_cleaned(&[&Made::text("1", "uuuuuuuu")], &target, PNG, &mut stop);
    assert!(matches!(stopped, Err(Error::Core(CoreError::Interrupted))));
    assert!(is_empty(folder.path()));
}
