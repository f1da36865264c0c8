use std::collections::BTreeSet;

use oddframe_core::{FirstFrame, PixelFormat, ShortVideo};
use oddframe_frames::{NoiseUnit, UniformNoise, prepared};

use super::*;
use crate::testing::Noise;

fn input() -> FrameInput {
    FrameInput::new(5, 3, PixelFormat::Gray).unwrap()
}

fn videos() -> Vec<Noise> {
    vec![
        Noise::new("1", 0..10),
        Noise::new("2", 0..20),
        Noise::new("3", 5..9),
    ]
}

/// Prepares videos; the clips borrow the result.
fn prepare(videos: &[Noise], input: FrameInput) -> Vec<Box<dyn FrameSource + '_>> {
    videos
        .iter()
        .map(|video| prepared(input, video).unwrap())
        .collect()
}

fn clips<'a>(videos: &'a [Box<dyn FrameSource + '_>], frames: usize, stride: usize) -> ClipSet<'a> {
    let videos: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| &**video as &dyn FrameSource)
        .collect();
    ClipSet::new(&videos, input(), WindowSpec::new(frames, stride).unwrap()).unwrap()
}

fn read_example(clips: &ClipSet<'_>, epoch: u64, index: usize) -> (Vec<f32>, Vec<f32>) {
    let [mut input, mut target] = [clips.input_shape(), clips.target_shape()]
        .map(|shape| vec![0.0; shape.frames * shape.frame_values()]);
    clips
        .write_example(epoch, index, &mut input, &mut target)
        .unwrap();
    (input, target)
}

#[test]
fn clips_are_the_windows_of_the_prepared_frames() {
    let videos = videos();
    let prepared = prepare(&videos, input());
    let clips = clips(&prepared, 4, 3);
    // Starts 0 3 6, then 0 3 .. 15 and 16, then 0.
    assert_eq!(clips.len(), 3 + 7 + 1);
    let mut frame = vec![0.0; 15];
    input()
        .scale()
        .fill(&prepared[1].read(5).unwrap(), &mut frame)
        .unwrap();
    let (seen, target) = read_example(&clips, 1, 3 + 1);
    assert_eq!(seen[2 * 15..3 * 15], frame);
    assert_eq!(seen, target);
    let last = clips.clone().with_predicted_frames(3..4).unwrap();
    assert_eq!(read_example(&last, 1, 4).1, seen[3 * 15..]);
    let error = clips
        .clone()
        .with_predicted_frames(3..5)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "a clip of 4 frames does not have the places 3 to 4");
    assert!(clips.with_predicted_frames(2..2).is_err());
}

#[test]
fn augmentation_changes_with_the_epoch_and_leaves_validation_alone() {
    let videos = videos();
    let prepared = prepare(&videos, input());
    let noise = UniformNoise::new(0.2, 1.0, NoiseUnit::Cuboid).unwrap();
    let plain = clips(&prepared, 4, 1);
    let same = plain
        .clone()
        .with_augment(Augment::new(1).with_noise(noise), Target::Same);
    let clean = plain
        .clone()
        .with_augment(Augment::new(1).with_noise(noise), Target::Clean);
    let original = read_example(&plain, 0, 2);
    assert_eq!(read_example(&same, 0, 2), original);
    assert_eq!(read_example(&clean, 0, 2), original);
    let (first, second) = (read_example(&same, 1, 2), read_example(&same, 2, 2));
    assert_ne!(first, second);
    assert_eq!(first, read_example(&same, 1, 2));
    assert_eq!(first.0, first.1);
    assert_ne!(first.0, original.0);
    assert_eq!(read_example(&clean, 1, 2), (first.0, original.1));
}

#[test]
fn what_happens_to_a_clip_does_not_depend_on_the_other_videos() {
    let videos = videos();
    let prepared = prepare(&videos, input());
    let noise = UniformNoise::new(0.2, 1.0, NoiseUnit::Cuboid).unwrap();
    let [all, last] = [clips(&prepared, 4, 1), clips(&prepared[2..], 4, 1)]
        .map(|clips| clips.with_augment(Augment::new(1).with_noise(noise), Target::Same));
    assert_eq!(
        read_example(&all, 3, all.len() - 1),
        read_example(&last, 3, 0)
    );
}

#[test]
fn validation_takes_whole_videos() {
    let videos = videos();
    let prepared = prepare(&videos, input());
    let all = clips(&prepared, 2, 1);
    let mut sides = BTreeSet::new();
    for seed in 0..20 {
        let (training, validation) = all.clone().split(0.25, seed).unwrap();
        assert_eq!(training.len() + validation.len(), all.len());
        assert!(!training.is_empty() && !validation.is_empty());
        assert!(
            training
                .video_names()
                .iter()
                .all(|video| !validation.video_names().contains(video))
        );
        sides.insert(validation.video_names());
    }
    assert!(sides.len() > 1, "the seed decides");
    let (one, _) = all.clone().split(0.5, 1).unwrap();
    assert_eq!(
        one.video_names(),
        all.clone().split(0.5, 1).unwrap().0.video_names()
    );
    for share in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(matches!(
            all.clone().split(share, 0),
            Err(crate::Error::Share { .. })
        ));
    }
    let single = clips(&prepared[..1], 2, 1);
    assert_eq!(single.split(0.2, 0).unwrap_err(), crate::Error::SingleVideo);
}

#[test]
fn nothing_to_learn_from_is_an_error() {
    let videos = videos();
    let prepared = prepare(&videos, input());
    let sources: Vec<&dyn FrameSource> = prepared
        .iter()
        .map(|video| &**video as &dyn FrameSource)
        .collect();
    let windows = WindowSpec::new(50, 1).unwrap();
    assert!(ClipSet::new(&[], input(), windows).is_err());
    assert!(ClipSet::new(&sources, input(), windows.with_short(ShortVideo::Skip)).is_err());
    assert!(ClipSet::new(&sources, input(), windows.with_short(ShortVideo::Error)).is_err());
    assert_eq!(ClipSet::new(&sources, input(), windows).unwrap().len(), 3);
}

#[test]
fn videos_must_be_prepared() {
    let videos = videos();
    let windows = WindowSpec::new(2, 1).unwrap();
    let error = ClipSet::new(&[&videos[0]], input(), windows)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(
            "video 1: its frames are 6x4 RGB, but the input of the clips asks for 5x3 gray"
        ),
        "{error}"
    );
    // Differences are of the same shape as frames.
    let differences = input().with_difference(FirstFrame::Drop);
    let prepared = prepare(&videos, differences);
    assert_eq!(
        ClipSet::new(&[&*prepared[0]], differences, windows)
            .unwrap()
            .len(),
        8
    );
}

#[test]
fn examples_outside_of_the_set_and_slices_of_another_length_are_refused() {
    let videos = videos();
    let prepared = prepare(&videos, input());
    let clips = clips(&prepared, 2, 1);
    let mut values = vec![0.0; 30];
    assert!(
        clips
            .write_example(0, clips.len(), &mut values.clone(), &mut values)
            .is_err()
    );
    assert!(
        clips
            .write_example(0, 0, &mut values[1..].to_vec(), &mut values)
            .is_err()
    );
    assert!(
        clips
            .write_example(0, 0, &mut values.clone(), &mut values[1..])
            .is_err()
    );
    assert!(
        clips
            .write_example(0, 0, &mut values.clone(), &mut values)
            .is_ok()
    );
}
