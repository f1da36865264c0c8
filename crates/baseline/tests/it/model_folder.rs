//! What training leaves in the model folder, and what opening it refuses.

use std::fs;
use std::ops::ControlFlow;

use oddframe_baseline::{
    FrameDifference, FrameDifferenceSettings, Typical, TypicalFrame, TypicalFrameSettings,
};
use oddframe_core::{Error, Event, ModelFolder, Silent, System};

use crate::flat_video::FlatVideo;
use crate::score::score_video;

const FILE: &str = "typical_frame.npy";

fn typical(width: usize, height: usize) -> TypicalFrame {
    TypicalFrame::new(TypicalFrameSettings {
        width,
        height,
        ..TypicalFrameSettings::default()
    })
    .unwrap()
}

#[test]
fn a_trained_folder_is_not_trained_again() {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    typical(8, 8)
        .fit(&[&FlatVideo::new(&[51])], &model, &mut Silent)
        .unwrap();
    let trained = fs::read(model.file(FILE)).unwrap();
    typical(8, 8)
        .fit(&[&FlatVideo::new(&[255])], &model, &mut Silent)
        .unwrap();
    assert_eq!(fs::read(model.file(FILE)).unwrap(), trained);
    let mut scorer = typical(8, 8).open(&model).unwrap();
    let scores = score_video(&mut *scorer, &FlatVideo::new(&[51, 0])).unwrap();
    assert_eq!(scores.values()[0], 0.0);
    assert!((scores.values()[1] - 0.04).abs() < 1e-7);
}

#[test]
fn training_needs_a_video_and_stops_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let nothing = typical(8, 8).fit(&[], &model, &mut Silent);
    assert!(matches!(nothing, Err(Error::Nothing { .. })));
    let mut stop_after_a_frame = |event: Event<'_>| match event {
        Event::Advanced { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let stopped = typical(8, 8).fit(&[&FlatVideo::new(&[1, 2])], &model, &mut stop_after_a_frame);
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert!(!model.has(FILE), "an interrupted training leaves no image");
}

#[test]
fn progress_counts_the_frames() {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let mut heard = Vec::new();
    let mut listen = |event: Event<'_>| {
        heard.push(format!("{event:?}"));
        ControlFlow::Continue(())
    };
    typical(8, 8)
        .fit(&[&FlatVideo::new(&[1, 2])], &model, &mut listen)
        .unwrap();
    let expected = [
        "Started { task: \"learning the typical frame\", total: Some(2) }",
        "Advanced { done: 1 }",
        "Advanced { done: 2 }",
        "Finished",
    ];
    assert_eq!(heard, expected);
}

#[test]
fn a_missing_or_foreign_image_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let missing = typical(8, 8).open(&model).err().unwrap().to_string();
    assert!(
        missing.starts_with("typical_frame: cannot read") && missing.contains(FILE),
        "{missing}"
    );
    typical(8, 8)
        .fit(&[&FlatVideo::new(&[51])], &model, &mut Silent)
        .unwrap();
    let other_size = typical(16, 8).open(&model).err().unwrap().to_string();
    assert!(other_size.contains("8 rows of 16 pixels"), "{other_size}");
    fs::write(model.file(FILE), "no image").unwrap();
    let damaged = typical(8, 8).open(&model).err().unwrap().to_string();
    assert!(
        damaged.contains("typical_frame.npy is damaged"),
        "{damaged}"
    );
}

#[test]
fn an_image_of_another_program_can_be_scored_against() {
    let scorer = typical(8, 8).scorer(vec![0.2; 64]);
    let scores = score_video(&mut *scorer.unwrap(), &FlatVideo::new(&[51])).unwrap();
    assert!(scores.values()[0] < 1e-12);
    let error = typical(8, 8)
        .scorer(vec![0.2; 63])
        .err()
        .unwrap()
        .to_string();
    assert_eq!(
        error,
        "pixels of the typical frame: 64 values expected, 63 found"
    );
}

#[test]
fn systems_that_differ_only_in_the_pool_learn_the_same() {
    let of_max = TypicalFrameSettings {
        pool: "max".parse().unwrap(),
        ..TypicalFrameSettings::default()
    };
    let of_median = TypicalFrameSettings {
        typical: Typical::Median,
        ..TypicalFrameSettings::default()
    };
    let key = |settings| TypicalFrame::new(settings).unwrap().training_key();
    assert!(key(of_max).is_some());
    assert_eq!(key(of_max), key(TypicalFrameSettings::default()));
    assert_ne!(key(of_max), key(of_median));
    assert_ne!(
        key(of_max),
        key(TypicalFrameSettings {
            width: 64,
            ..of_max
        })
    );
}

#[test]
fn a_frame_difference_leaves_nothing_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let system = FrameDifference::new(FrameDifferenceSettings::default()).unwrap();
    system.fit(&[], &model, &mut Silent).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(system.open(&model).unwrap().input(), system.input());
    assert!(!system.needs_training());
    assert!(
        FrameDifference::new(FrameDifferenceSettings {
            width: 0,
            ..Default::default()
        })
        .is_err()
    );
}
