//! Learning which frames are upside down from frames that label themselves.

use std::ops::ControlFlow;

use crate::common::{Brightness, Made};
use burn::backend::{Autodiff, Flex};
use burn::module::AutodiffModule;
use burn::tensor::Device;
use oddframe_clips::Examples;
use oddframe_core::{Error as CoreError, Event, FrameSource, Silent};
use oddframe_flip::{
    Error, FlipClassifier, FlipConfig, FlipExamples, FlipHead, FlipInference, FlipReport, Upright,
    UprightOptions, detect_flips, fit_flip_net, planned_flips,
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
    let truth = planned_flips(&damage).unwrap();
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
fn frames_come_upright_and_upside_down() {
    let videos = [Made::text("1", "uuu"), Made::text("2", "u")];
    let examples =
        FlipExamples::new(&sources(&videos), CONFIG.input().unwrap(), &mut Silent).unwrap();
    assert_eq!(examples.len(), 8);
    let fill = |index| {
        let (mut seen, mut wanted) = (vec![0.0; 32 * 32], [7.0]);
        examples
            .write_example(1, index, &mut seen, &mut wanted)
            .map(|()| (seen, wanted[0]))
    };
    for index in 0..4 {
        let ((upright, zero), (flipped, one)) = (fill(index).unwrap(), fill(index + 4).unwrap());
        assert_eq!((zero, one), (0.0, 1.0));
        let turned: Vec<f32> = upright.chunks_exact(32).rev().flatten().copied().collect();
        assert!(flipped == turned && flipped != upright, "example {index}");
    }
    assert!(fill(8).is_err());
    assert!(
        examples
            .write_example(0, 0, &mut [0.0; 1023], &mut [0.0])
            .is_err()
    );
    assert!(
        examples
            .write_example(0, 0, &mut [0.0; 1024], &mut [])
            .is_err()
    );
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

#[test]
fn accuracy_is_the_share_of_the_examples() {
    let mut classifier = Brightness::new();
    let videos = [Made::text("1", &"ucf".repeat(15))];
    let examples = FlipExamples::new(&sources(&videos), classifier.input(), &mut Silent).unwrap();
    // Each is told right in one of its two poses only where it was upright to begin with.
    assert_eq!(examples.accuracy(&mut classifier).unwrap(), 0.5);
    let upright = [Made::text("1", &"u".repeat(65))];
    let examples = FlipExamples::new(&sources(&upright), classifier.input(), &mut Silent).unwrap();
    assert_eq!(
        (
            examples.accuracy(&mut classifier).unwrap(),
            classifier.batches
        ),
        (1.0, vec![64, 26, 64, 64, 2])
    );
}
