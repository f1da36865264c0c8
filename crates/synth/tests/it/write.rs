//! Writing the scene to a folder, and the errors of writing.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use oddframe_core::{DraftFolderError, Event, Observer, Silent};
use oddframe_synth::{Error, Preset, Scene, WriteOptions};

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_data_set_is_complete_and_the_same_for_any_number_of_threads() {
    let scene = Scene::new(Preset::Tiny, 4);
    let dir = tempfile::tempdir().unwrap();
    let mut seen = 0;
    let mut watch = |event: Event<'_>| {
        if let Event::Advanced { done } = event {
            assert_eq!(done, seen + 1);
            seen = done;
        }
        ControlFlow::Continue(())
    };
    let (one, two) = (dir.path().join("deep/one"), dir.path().join("two"));
    let written = scene
        .write(&one, WriteOptions::new().with_threads(1), &mut watch)
        .unwrap();
    assert_eq!(
        (written.train_frames, written.test_frames, seen),
        (120, 120, 240)
    );
    assert_eq!(written.folder, one.canonicalize().unwrap());
    scene.write(&two, WriteOptions::new(), &mut Silent).unwrap();
    assert_eq!(names(dir.path()), ["deep", "two"]);

    let tables = [
        "events.csv",
        "flips.csv",
        "labels.csv",
        "noise.csv",
        "tracks.csv",
    ];
    assert_eq!(
        names(&one),
        [
            &tables[..4],
            &[
                "synth.toml",
                "testing_videos",
                "tracks.csv",
                "training_videos"
            ]
        ]
        .concat()
    );
    assert_eq!(
        fs::read_to_string(one.join("synth.toml")).unwrap(),
        "preset = \"tiny\"\nseed = 4\n"
    );
    for name in tables {
        assert_eq!(
            fs::read(one.join(name)).unwrap(),
            fs::read(two.join(name)).unwrap()
        );
    }
    let mut bytes = 0;
    for split in ["training_videos", "testing_videos"] {
        assert_eq!(names(&one.join(split)), ["01", "02", "03"]);
        for video in ["01", "02", "03"] {
            let frames = names(&one.join(split).join(video));
            assert_eq!(
                (frames.len(), &*frames[0], &*frames[39]),
                (40, "frame_00000.jpg", "frame_00039.jpg")
            );
            for frame in frames {
                let read = |dir: &Path| fs::read(dir.join(split).join(video).join(&frame)).unwrap();
                let jpeg = read(&one);
                assert!(jpeg.starts_with(&[0xFF, 0xD8]) && jpeg == read(&two));
                bytes += jpeg.len() as u64;
            }
        }
    }
    assert_eq!(written.bytes, bytes);
}

#[test]
fn the_tables_agree_with_the_scene() {
    let scene = Scene::new(Preset::Tiny, 4);
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("set");
    scene
        .write(&target, WriteOptions::new(), &mut Silent)
        .unwrap();
    let lines = |name: &str| -> Vec<String> {
        fs::read_to_string(target.join(name))
            .unwrap()
            .lines()
            .map(str::to_string)
            .collect()
    };
    let labels = scene.labels();
    let mut expected = vec!["video,frame,label".to_string()];
    for video in labels.videos() {
        let rows = video.numbers().iter().zip(video.abnormal());
        expected.extend(rows.map(|(n, a)| format!("{},{n},{}", video.id(), u8::from(*a))));
    }
    assert_eq!(lines("labels.csv"), expected);
    let boxes: usize = labels.tracks().iter().map(|t| t.boxes.len()).sum();
    let tracks = lines("tracks.csv");
    assert_eq!(
        (tracks.len(), &*tracks[0]),
        (boxes + 1, "video,track,frame,left,top,right,bottom")
    );
    let b = labels.tracks()[0].boxes[0];
    let first = format!(
        "01,1,{},{},{},{},{}",
        b.0, b.1.left, b.1.top, b.1.right, b.1.bottom
    );
    assert_eq!(tracks[1], first);
    let event = scene.test()[0].events()[0];
    assert_eq!(
        lines("events.csv")[1],
        format!("01,1,{},{},{}", event.kind, event.first, event.last)
    );
    assert_eq!(lines("noise.csv")[..2], ["video,frame,noisy", "01,0,0"]);
    assert_eq!(lines("flips.csv")[..2], ["video,frame,flipped", "01,0,0"]);
    assert_eq!(lines("flips.csv").len(), 121);
}

#[test]
fn a_folder_that_is_not_empty_is_left_unchanged() {
    let scene = Scene::new(Preset::Tiny, 4);
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("set");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("thesis.tex"), "years").unwrap();
    let refused = scene
        .write(&target, WriteOptions::new(), &mut Silent)
        .unwrap_err();
    assert!(
        matches!(refused, Error::Folder(DraftFolderError::NotEmpty { .. })),
        "{refused}"
    );
    let overwrite = WriteOptions::new().with_overwrite(true);
    let refused = scene.write(&target, overwrite, &mut Silent).unwrap_err();
    assert!(
        matches!(&refused, Error::Foreign { entry, .. } if entry == "thesis.tex"),
        "{refused}"
    );
    assert_eq!(
        (names(&target), names(dir.path())),
        (vec!["thesis.tex".into()], vec!["set".into()])
    );

    let file = dir.path().join("set/thesis.tex");
    assert!(matches!(
        scene.write(&file, overwrite, &mut Silent),
        Err(Error::Folder(DraftFolderError::NotAFolder { .. }))
    ));
    assert!(
        scene
            .write(&file.join("below"), overwrite, &mut Silent)
            .is_err()
    );
    assert!(scene.write(Path::new("/"), overwrite, &mut Silent).is_err());
    assert_eq!(fs::read(file).unwrap(), b"years");
}

#[test]
fn a_real_data_set_of_the_same_layout_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("contest");
    fs::create_dir_all(target.join("training_videos/01")).unwrap();
    fs::create_dir_all(target.join("testing_videos/01")).unwrap();
    fs::write(target.join("labels.csv"), "made by hand").unwrap();
    let overwrite = WriteOptions::new().with_overwrite(true);
    let refused = Scene::new(Preset::Tiny, 4)
        .write(&target, overwrite, &mut Silent)
        .unwrap_err();
    assert!(matches!(refused, Error::Unmarked { .. }), "{refused}");
    assert_eq!(
        fs::read(target.join("labels.csv")).unwrap(),
        b"made by hand"
    );
    assert_eq!(
        (names(&target).len(), names(dir.path())),
        (3, vec!["contest".into()])
    );
}

#[test]
fn a_folder_that_appears_while_the_scene_is_written_is_left_unchanged() {
    let scene = Scene::new(Preset::Tiny, 4);
    for overwrite in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("set");
        let options = WriteOptions::new().with_overwrite(overwrite);
        let appear = |_: &Path, _: &mut dyn Observer| {
            fs::create_dir(&target).unwrap();
            fs::write(target.join("labels.csv"), "made by hand").unwrap();
            Ok(())
        };
        let refused: Error = scene
            .write_with(&target, options, &mut Silent, appear)
            .unwrap_err();
        match refused {
            Error::Folder(DraftFolderError::NotEmpty { .. }) => assert!(!overwrite),
            Error::Unmarked { .. } => assert!(overwrite),
            other => panic!("{other}"),
        }
        assert_eq!(
            fs::read(target.join("labels.csv")).unwrap(),
            b"made by hand"
        );
        assert_eq!(names(dir.path()), ["set"]);
    }
}

#[test]
fn a_failed_replacement_restores_the_old_data_set() {
    let scene = Scene::new(Preset::Tiny, 4);
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("set");
    scene
        .write(&target, WriteOptions::new(), &mut Silent)
        .unwrap();
    let before = names(&target);
    let lose = |draft: &Path, _: &mut dyn Observer| {
        fs::remove_dir_all(draft).unwrap();
        Ok(())
    };
    let overwrite = WriteOptions::new().with_overwrite(true);
    let failed: Error = scene
        .write_with(&target, overwrite, &mut Silent, lose)
        .unwrap_err();
    assert!(
        matches!(failed, Error::Folder(DraftFolderError::Io { .. })),
        "{failed}"
    );
    assert_eq!(
        (names(&target), names(dir.path())),
        (before, vec!["set".into()])
    );
}

#[test]
fn an_empty_folder_is_used_and_an_old_data_set_is_replaced_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("set");
    fs::create_dir(&target).unwrap();
    Scene::new(Preset::Tiny, 4)
        .write(&target, WriteOptions::new(), &mut Silent)
        .unwrap();
    let labels = || fs::read(target.join("tracks.csv")).unwrap();
    let before = labels();
    fs::create_dir(target.join("masks")).unwrap();
    let other = Scene::new(Preset::Tiny, 5);
    assert!(matches!(
        other.write(&target, WriteOptions::new(), &mut Silent),
        Err(Error::Folder(DraftFolderError::NotEmpty { .. }))
    ));
    assert_eq!(labels(), before);
    other
        .write(
            &target,
            WriteOptions::new().with_overwrite(true),
            &mut Silent,
        )
        .unwrap();
    assert_ne!(labels(), before);
    assert!(!target.join("masks").exists());
    assert_eq!(names(dir.path()), ["set"]);
}

#[test]
fn a_cancelled_write_leaves_nothing() {
    let scene = Scene::new(Preset::Tiny, 4);
    let dir = tempfile::tempdir().unwrap();
    for last in [0, 1, 100, 240] {
        let mut watch = |event: Event<'_>| match event {
            Event::Started { .. } if last == 0 => ControlFlow::Break(()),
            Event::Advanced { done } if done == last => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let stopped = scene
            .write(&dir.path().join("set"), WriteOptions::new(), &mut watch)
            .unwrap_err();
        assert!(
            matches!(stopped, Error::Core(oddframe_core::Error::Interrupted)),
            "{stopped}"
        );
        assert!(names(dir.path()).is_empty());
    }
}

#[test]
fn impossible_qualities_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new(Preset::Tiny, 4);
    for quality in [0, 101] {
        let options = WriteOptions::new().with_quality(quality);
        let refused = scene.write(&dir.path().join("deep/set"), options, &mut Silent);
        assert!(matches!(refused, Err(Error::Quality { .. })));
    }
    assert!(names(dir.path()).is_empty());
}
