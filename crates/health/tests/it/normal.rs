//! Video without damage has no problem.

use oddframe_core::FrameSource;
use oddframe_synth::{Preset, Scene};

use crate::common::{judge, learn, to_gray};
use crate::damage::Changed;

/// The problems of all frames of the test videos of a street, and the number of the frames.
fn problems(train: &[&dyn FrameSource], test: &[&dyn FrameSource]) -> (usize, usize) {
    let learned = learn(train);
    let found: Vec<_> = test
        .iter()
        .flat_map(|video| judge(&learned.model, *video))
        .collect();
    (found.iter().flatten().count(), found.len())
}

#[test]
fn no_frame_of_an_undamaged_street_has_a_problem() {
    for seed in 1..6 {
        let scene = Scene::new(Preset::Tiny, seed);
        let train: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as _).collect();
        let test: Vec<&dyn FrameSource> = scene.test().iter().map(|video| video as _).collect();
        assert_eq!(problems(&train, &test), (0, 120), "street {seed}");
        assert_eq!(
            problems(&train[..1], &test),
            (0, 120),
            "one video of street {seed}"
        );
    }
}

#[test]
fn gray_video_is_judged_like_colour_video() {
    let scene = Scene::new(Preset::Tiny, 7);
    let gray = |video| Changed {
        source: video,
        change: |_, frame: &mut _| to_gray(frame),
    };
    let train: Vec<_> = scene.train().iter().map(|video| gray(video as _)).collect();
    let train: Vec<&dyn FrameSource> = train.iter().map(|video| video as _).collect();
    let test: Vec<_> = scene.test().iter().map(|video| gray(video as _)).collect();
    let test: Vec<&dyn FrameSource> = test.iter().map(|video| video as _).collect();
    assert_eq!(problems(&train, &test), (0, 120));
}
