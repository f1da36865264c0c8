//! Learning which frames are upside down from frames that label themselves.

use std::ops::ControlFlow;

use crate::common::Made;
use burn::backend::{Autodiff, Flex};
use burn::module::AutodiffModule;
use burn::tensor::Device;
use oddframe_core::{Error as CoreError, Event, FrameSource, Labels, Silent, VideoLabels};
use oddframe_flip::{
    Error, FlipConfig, FlipHead, FlipInference, FlipReport, Upright, UprightOptions, detect_flips,
    fit_flip_net,
};
use oddframe_frames::{Damage, DamageOptions};
use oddframe_synth::{Preset, Scene};
use oddframe_train::FitOptions;

type Train = Autodiff<Flex>;

/// Small frames and a high learning rate, so that it takes a moment.
const CONFIG: FlipConfig = FlipConfig {
    head: FlipHead::Hidden,
    side_px: 32,
    filter: oddframe_frames::Filter::Antialiased,
    dropout: 0.3,
};
const FIT: FitOptions = FitOptions::new(6, 16, 3e-3).with_seed(1);

fn sources<S: FrameSource>(videos: &[S]) -> Vec<&dyn FrameSource> {
    videos.iter().map(|video| video as _).collect()
}

/// The labels of the planned flips: true where a frame is upside down.
fn planned_flips(damage: &Damage) -> Labels {
    let videos = damage.videos().iter().map(|video| {
        let (numbers, flipped) = video
            .frames()
            .iter()
            .map(|frame| (frame.number, frame.flipped))
            .unzip();
        VideoLabels::new(video.video().clone(), numbers, flipped).unwrap()
    });
    Labels::new(videos.collect()).unwrap()
}

#[test]
fn flips_of_the_scene_are_found_and_repaired() {
    let scene = Scene::new(Preset::Tiny, 3);
    let device = Device::<Train>::default();
    let fitted = fit_flip_net::<Train>(
        &CONFIG,
        &sources(scene.train()),
        &FIT,
        &[device],
        None,
        &mut Silent,
    )
    .unwrap();
    let mut classifier = FlipInference::new(&fitted.model.valid()).unwrap();

    let videos: Vec<_> = scene.test().iter().map(FrameSource::video).collect();
    let damage = Damage::plan(
        &videos,
        DamageOptions::none().with_flips(0.3).with_noise(35.0, 0.4),
        5,
    )
    .unwrap();
    let damaged: Vec<_> = scene
        .test()
        .iter()
        .map(|v| damage.video(v.id()).unwrap().of(v).unwrap())
        .collect();
    let truth = planned_flips(&damage);
    let decisions = detect_flips(
        &sources(&damaged),
        &mut classifier,
        UprightOptions::new(),
        &mut Silent,
    )
    .unwrap();
    let report = FlipReport::new(&decisions, &truth).unwrap();
    assert_eq!((report.frames(), report.found + report.missed), (120, 36));
    assert!(report.accuracy().unwrap() >= 0.98, "{report}");

    // Whatever was decided rightly is as it was before the flips; noise stays.
    for ((damaged, decisions), whole) in damaged.iter().zip(decisions).zip(scene.test()) {
        let repaired = Upright::with_decisions(damaged, decisions).unwrap();
        for (index, planned) in damaged.damage().frames().iter().enumerate() {
            if planned.flipped == repaired.decisions().frames()[index].flipped && !planned.noisy {
                assert_eq!(repaired.read(index).unwrap(), whole.read(index).unwrap());
            }
        }
    }
}

#[test]
fn what_cannot_be_learned_from_is_an_error() {
    let fit = |videos: &[Made], devices: &[Device<Train>], options: &FitOptions| {
        fit_flip_net::<Train>(
            &CONFIG,
            &sources(videos),
            options,
            devices,
            None,
            &mut Silent,
        )
        .unwrap_err()
    };
    let device = [Device::<Train>::default()];
    assert!(matches!(
        fit(&[], &device, &FIT),
        Error::Core(CoreError::Nothing { .. })
    ));
    let error = fit(&[Made::text("1", "uubu")], &device, &FIT).to_string();
    assert!(error.contains("video 1, frame 13: made to fail"), "{error}");
    assert!(matches!(
        fit(&[Made::text("1", "u")], &[], &FIT),
        Error::Train(_)
    ));
    let never = FitOptions::new(0, 16, 1e-3);
    assert!(matches!(
        fit(&[Made::text("1", "b")], &device, &never),
        Error::Train(_)
    ));
}

#[test]
fn who_learned_nothing_is_warned_of() {
    let device = [Device::<Train>::default()];
    let warnings = |videos: &[&dyn FrameSource], options: &FitOptions| {
        let mut warnings = Vec::new();
        let mut watch = |event: Event<'_>| {
            if let Event::Warned { message } = event {
                warnings.push(message.to_string());
            }
            ControlFlow::Continue(())
        };
        fit_flip_net::<Train>(&CONFIG, videos, options, &device, None, &mut watch).unwrap();
        warnings
    };
    // Frames without a top or a bottom teach nothing, and break nothing.
    let flat = warnings(&[&Made::text("1", "cc")], &FitOptions::new(1, 16, 1e-3));
    assert!(
        flat.len() == 1 && flat[0].contains("right on only 50%"),
        "{flat:?}"
    );
    let scene = Scene::new(Preset::Tiny, 3);
    assert!(warnings(&sources(scene.train()), &FIT).is_empty());
}
