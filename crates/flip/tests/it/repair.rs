//! The flip repair as the pipeline uses it: fitted into a folder, opened, run in a pass.

use burn::backend::Flex;
use burn::backend::flex::FlexDevice;
use oddframe_core::{
    Error, Event, FrameInput, FrameSink, FrameSource, ModelFolder, PixelFormat, PreparedFrame,
    Repair, StreamInfo,
};
use oddframe_flip::{FlipConfig, FlipRepair, FlipSettings};
use oddframe_frames::{FramePass, PassEvent, prepared};
use oddframe_synth::{Preset, Scene};
use tempfile::tempdir;

fn fit(settings: &FlipSettings, seed: u64, model: &ModelFolder) -> Vec<String> {
    let scene = Scene::new(Preset::Tiny, 0);
    let repair = FlipRepair::<Flex>::new(settings.clone(), seed, FlexDevice).unwrap();
    let videos: Vec<_> = scene
        .train()
        .iter()
        .map(|video| prepared(repair.input(), video).unwrap())
        .collect();
    let videos: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| &**video as &dyn FrameSource)
        .collect();
    let mut warnings = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            warnings.push(message.to_owned());
        }
        std::ops::ControlFlow::Continue(())
    };
    repair.fit(&videos, model, &mut observer).unwrap();
    warnings
}

#[test]
fn a_classifier_near_chance_is_refused_unless_it_is_allowed() {
    let folder = tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    // It cannot learn anything at this rate, and takes upright frames for flipped ones.
    let weak = FlipSettings {
        epochs: 1,
        learning_rate: 1e-9,
        ..FlipSettings::default()
    };
    let warnings = fit(&weak, 11, &model);
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("right on only")),
        "{warnings:?}"
    );
    let training = std::fs::read_to_string(model.file("training.json")).unwrap();
    let training: serde_json::Value = serde_json::from_str(&training).unwrap();
    assert!(training["accuracy"].as_f64().unwrap() < 0.75, "{training}");

    let open = |settings: &FlipSettings| {
        FlipRepair::<Flex>::new(settings.clone(), 11, FlexDevice)
            .unwrap()
            .open(&model)
    };
    let error = open(&weak).err().map(|error| error.to_string()).unwrap();
    assert!(
        error.contains("more epochs") && error.contains("repair.flip.allow_weak = true"),
        "{error}"
    );
    assert!(
        open(&FlipSettings {
            allow_weak: true,
            ..weak
        })
        .is_ok()
    );
}

/// Counts the frames of a pass.
struct Count(usize);

impl FrameSink for Count {
    fn input(&self) -> FrameInput {
        FrameInput::unresized(PixelFormat::Gray)
    }
    fn start(&mut self, _: usize, _: &StreamInfo) -> Result<bool, Error> {
        Ok(true)
    }
    fn push(&mut self, _: &PreparedFrame<'_>) -> Result<(), Error> {
        self.0 += 1;
        Ok(())
    }
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn a_pass_flips_the_frames_that_are_upside_down() {
    let folder = tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let settings = FlipSettings {
        epochs: 20,
        batch: 8,
        model: FlipConfig::default(),
        ..FlipSettings::default()
    };
    assert_eq!(
        fit(&settings, 1, &model),
        Vec::<String>::new(),
        "it learns the street"
    );
    let repair = FlipRepair::<Flex>::new(settings, 1, FlexDevice).unwrap();
    let mut repairer = repair.open(&model).unwrap();

    let scene = Scene::new(Preset::Tiny, 0);
    let videos: Vec<&dyn FrameSource> = scene
        .test()
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let damage = oddframe_frames::Damage::plan(
        &videos
            .iter()
            .map(oddframe_core::FrameSource::video)
            .collect::<Vec<_>>(),
        oddframe_frames::DamageOptions::none()
            .with_flips(0.2)
            .with_runs(3, 6),
        4,
    )
    .unwrap();
    let mut sources = Vec::new();
    let mut expected = Vec::new();
    for (video, plan) in scene.test().iter().zip(damage.videos()) {
        expected.extend(plan.frames().iter().map(|frame| frame.flipped));
        sources.push(plan.of(video).unwrap());
    }
    let sources: Vec<&dyn FrameSource> = sources
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let (mut count, mut found) = (Count(0), Vec::new());
    FramePass::new()
        .with_repairer(&mut *repairer)
        .run(&sources, &mut [&mut count], &mut |event| {
            if let PassEvent::Repaired(repairs) = event {
                let flips = repairs
                    .decisions
                    .iter()
                    .map(|d| d.action == oddframe_core::RepairAction::FlipVertically);
                found.extend(flips);
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(count.0, expected.len());
    let wrong = found
        .iter()
        .zip(&expected)
        .filter(|(found, expected)| found != expected)
        .count();
    assert!(
        expected.contains(&true) && wrong <= expected.len() / 20,
        "{wrong} of {} wrong",
        expected.len()
    );
}
