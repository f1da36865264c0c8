//! Each problem is found, by its name, and ends when it ends.

use oddframe_core::{Frame, FrameSource};
use oddframe_health::Problem;
use oddframe_synth::{Preset, Scene};

use crate::common::{FPS, judge, learn, to_gray};
use crate::damage::{Changed, add_noise, blur, cover, scale, shift, turn_over};

/// The frames that are damaged. A problem lasts for a second longer.
const DAMAGED: std::ops::Range<usize> = 12..26;
const SUSPENDED_UNTIL: usize = DAMAGED.end + FPS as usize;

/// Damages frames of a test video in colour and in gray, and expects this problem from `after` frames on until a second after
/// the last of them, and none elsewhere.
fn expect(problem: Problem, after: usize, damage: impl Fn(&mut Frame) + Send + Sync) {
    for (seed, is_gray) in [(3, false), (4, false), (4, true)] {
        let scene = Scene::new(Preset::Tiny, seed);
        let convert = |frame: &mut Frame| {
            if is_gray {
                to_gray(frame);
            }
        };
        let train: Vec<_> = scene
            .train()
            .iter()
            .map(|video| Changed {
                source: video as &dyn FrameSource,
                change: |_, frame: &mut Frame| convert(frame),
            })
            .collect();
        let train: Vec<&dyn FrameSource> = train.iter().map(|video| video as _).collect();
        let learned = learn(&train);
        let damaged = Changed {
            source: &scene.test()[1],
            change: |index: usize, frame: &mut Frame| {
                convert(frame);
                if DAMAGED.contains(&index) {
                    damage(frame);
                }
            },
        };
        let found = judge(&learned.model, &damaged);
        let expected: Vec<_> = (0..found.len())
            .map(|index| {
                (DAMAGED.start + after..SUSPENDED_UNTIL)
                    .contains(&index)
                    .then_some(problem)
            })
            .collect();
        assert_eq!(found, expected, "street {seed}, gray {is_gray}");
    }
}

#[test]
fn a_covered_lens_is_found_at_once() {
    expect(Problem::Covered, 0, |frame| cover(frame, 30));
    // Also when only the noise of the sensor is left.
    expect(Problem::Covered, 0, |frame| frame.pixels_mut().fill(0));
}

#[test]
fn strong_noise_is_found_at_once() {
    expect(Problem::Noise, 0, |frame| add_noise(frame, 25.0, 5));
}

#[test]
fn a_picture_upside_down_is_found_at_once() {
    expect(Problem::Flipped, 0, turn_over);
    expect(Problem::Flipped, 0, |frame| {
        // Half a turn.
        let shape = frame.shape();
        let pixels = frame.pixels().chunks_exact(shape.channels()).rev();
        let turned: Vec<u8> = pixels.flatten().copied().collect();
        frame.pixels_mut().copy_from_slice(&turned);
    });
}

#[test]
fn a_camera_that_was_turned_is_found_at_once() {
    for share in [0.06, 0.15, 0.4] {
        expect(Problem::Moved, 0, |frame| shift(frame, share));
    }
}

#[test]
fn a_blurred_picture_is_found_at_once() {
    for share in [0.01, 0.02] {
        expect(Problem::Defocused, 0, |frame| blur(frame, share));
    }
}

#[test]
fn a_jump_of_brightness_is_found_at_once() {
    for factor in [0.6, 1.4] {
        expect(Problem::Brightness, 0, |frame| scale(frame, factor));
    }
}

#[test]
fn slow_light_is_no_jump() {
    let scene = Scene::new(Preset::Tiny, 3);
    let train: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as _).collect();
    let learned = learn(&train);
    // Half as dark in four seconds.
    let dusk = Changed {
        source: &scene.test()[1],
        change: |index: usize, frame: &mut Frame| scale(frame, 1.0 - 0.4 * index as f64 / 40.0),
    };
    assert_eq!(judge(&learned.model, &dusk), [None; 40]);
}

#[test]
fn a_frozen_picture_is_found_after_a_second() {
    let scene = Scene::new(Preset::Tiny, 3);
    let train: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as _).collect();
    let learned = learn(&train);
    for from in [0, 12] {
        let still = scene.test()[1].read(from).unwrap();
        let frozen = Changed {
            source: &scene.test()[1],
            change: |index: usize, frame: &mut Frame| {
                if (from..DAMAGED.end).contains(&index) {
                    frame.pixels_mut().copy_from_slice(still.pixels());
                    // What compression changes.
                    add_noise(frame, 0.2, 9);
                }
            },
        };
        let found = judge(&learned.model, &frozen);
        for (index, problem) in found.into_iter().enumerate() {
            let expected = (from + FPS as usize..SUSPENDED_UNTIL).contains(&index);
            assert_eq!(
                problem,
                expected.then_some(Problem::Frozen),
                "frame {index}"
            );
        }
    }
}

#[test]
fn what_never_changes_does_not_hide_that_the_camera_moved() {
    // The left third is painted, as ignored regions are, and stays where it is when the camera is turned.
    let paint = |frame: &mut Frame| {
        let (width, bytes) = (frame.shape().width(), frame.shape().row_bytes());
        for row in frame.pixels_mut().chunks_exact_mut(bytes) {
            row[..width].fill(128);
        }
    };
    let scene = Scene::new(Preset::Tiny, 3);
    let train: Vec<_> = scene
        .train()
        .iter()
        .map(|video| Changed {
            source: video as &dyn FrameSource,
            change: |_, frame: &mut Frame| paint(frame),
        })
        .collect();
    let train: Vec<&dyn FrameSource> = train.iter().map(|video| video as _).collect();
    let learned = learn(&train);
    for (damage, problem) in [
        (None, None),
        (
            Some((|frame| shift(frame, 0.1)) as fn(&mut Frame)),
            Some(Problem::Moved),
        ),
        (Some(turn_over as fn(&mut Frame)), Some(Problem::Flipped)),
    ] {
        let damaged = Changed {
            source: &scene.test()[0],
            change: |_, frame: &mut Frame| {
                if let Some(damage) = damage {
                    damage(frame);
                }
                paint(frame);
            },
        };
        assert_eq!(judge(&learned.model, &damaged), [problem; 40]);
    }
}
