//! Little video, odd video, and models that were damaged.

use oddframe_core::{Frame, FrameSource, Observer, Silent};
use oddframe_health::{Error, HealthModel, HealthSettings};
use oddframe_synth::{Preset, Scene};

use crate::common::{judge, learn};
use crate::damage::Changed;

#[test]
fn little_video_is_told_and_enough_is_not() {
    let scene = Scene::new(Preset::Tiny, 3);
    let all: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as _).collect();
    assert!(learn(&all).warnings.is_empty());
    // At 10 frames a second, 3 seconds are 30 frames; this video has 40 of which 25 in a second make less.
    let prepared = oddframe_frames::prepared(HealthModel::input(), all[0]).unwrap();
    let few = HealthModel::learn(&[&*prepared], HealthSettings::default(), &mut Silent).unwrap();
    assert_eq!(few.warnings.len(), 1);
    assert!(few.warnings[0].contains("40 frames"), "{:?}", few.warnings);
    for video in scene.test() {
        assert_eq!(judge(&few.model, video), [None; 40]);
    }
}

#[test]
fn a_dark_and_a_still_camera_find_nothing_in_themselves() {
    let scene = Scene::new(Preset::Tiny, 3);
    let still = scene.train()[0].read(0).unwrap();
    for level in [None, Some(0)] {
        let same = |_: usize, frame: &mut Frame| match level {
            Some(level) => frame.pixels_mut().fill(level),
            None => frame.pixels_mut().copy_from_slice(still.pixels()),
        };
        let video = Changed {
            source: &scene.train()[0],
            change: same,
        };
        let learned = learn(&[&video]);
        assert_eq!(judge(&learned.model, &video), [None; 40]);
    }
}

#[test]
fn what_cannot_be_learned_from_is_an_error() {
    let error = HealthModel::learn(&[], HealthSettings::default(), &mut Silent).unwrap_err();
    assert_eq!(error.to_string(), "there is no training video");
    let scene = Scene::new(Preset::Tiny, 3);
    let video = oddframe_frames::prepared(HealthModel::input(), &scene.train()[0]).unwrap();
    for frames_per_second in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let settings = HealthSettings { frames_per_second };
        let error = HealthModel::learn(&[&*video], settings, &mut Silent).unwrap_err();
        assert!(
            error.to_string().starts_with("frames_per_second is"),
            "{error}"
        );
    }
    let mut cancel = |_: oddframe_core::Event<'_>| std::ops::ControlFlow::Break(());
    let cancelled = HealthModel::learn(
        &[&*video],
        HealthSettings::default(),
        &mut cancel as &mut dyn Observer,
    );
    assert!(matches!(
        cancelled,
        Err(Error::Core(oddframe_core::Error::Interrupted))
    ));
}
