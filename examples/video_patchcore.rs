//! Do memories of normal people and scenes detect anomalies? Features of a frozen backbone, compared with the nearest
//! normal ones: patches of whole frames (PatchCore), and people and scenes over clips of ten frames (VideoPatchCore).
//!
//! The documented experiment has CLIP's RN101 with pretrained weights and the boxes of a detector. Here a small
//! backbone with random weights takes its place, and boxes come from a background model, so that it runs without a
//! download. The recipe names real weights with `weights = "PATH"` and boxes with `boxes = "PATH"`
//! and `training_boxes = "PATH"`.
//!
//! `cargo run --release --example video_patchcore -- [--data DIR] [--device flex]`
//!
//! `video_patchcore.toml` is the recipe of the same experiment.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, post_process, run_experiment, score_in_one_pass,
};
use oddframe::core::{ModelFolder, System};
use oddframe::frames::prepared;
use oddframe::memory::{
    BankOptions, BoxSource, ExtractorFactory, PatchMemory, PatchMemorySettings, VideoPatchCore,
    VideoPatchCoreSettings,
};
use oddframe::models::{Backbone, BackboneKind, BackboneLayer, WeightsSource};
use oddframe::nn::Kernels;

struct Memories;

impl Experiment for Memories {
    const QUESTION: &'static str = "Do memories of normal people and scenes detect anomalies?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());
        eprintln!(
            "note: the weights of the backbone are random, so its features say little about a frame"
        );

        // 1. The backbone gives two maps of features: 28x28 and 14x14 positions.
        let (seed, device) = (options.seed, device.clone());
        let backbone: ExtractorFactory = Arc::new(move || {
            let weights = WeightsSource::Random { seed };
            let layers = [BackboneLayer::Stride8, BackboneLayer::Stride16];
            let backbone = Backbone::open(BackboneKind::MobileNetV2, Some(&weights))?;
            Ok(Box::new(backbone.into_features::<B>(&layers, &device)?))
        });

        // 2. Two systems: a memory of the patches of every tenth frame, and memories of people and scenes over clips.
        let frames = PatchMemory::new(
            PatchMemorySettings {
                bank: BankOptions {
                    size: 1000,
                    seed,
                    prefilter: Some(15_000),
                    ..BankOptions::default()
                },
                frame_stride: 10,
                ..PatchMemorySettings::default()
            },
            Arc::clone(&backbone),
        )?;
        let settings = VideoPatchCoreSettings {
            prefilter: Some(15_000),
            seed,
            ..VideoPatchCoreSettings::default()
        };
        let boxes = BoxSource::open(&settings)?;
        let clips = VideoPatchCore::new(settings, boxes, backbone)?;

        // 3. Each learns from the normal videos.
        let systems: [(&str, &dyn System); 2] = [
            ("patches of frames", &frames),
            ("people and scenes", &clips),
        ];
        let mut scorers = Vec::new();
        for (_, system) in systems {
            let folder = tempfile::tempdir()?;
            let model = ModelFolder::create(folder.path())?;
            let mut videos = Vec::new();
            for video in data.train()? {
                videos.push(prepared(system.input(), video)?);
            }
            let videos: Vec<_> = videos.iter().map(AsRef::as_ref).collect();
            system.fit(&videos, &model, &mut progress)?;
            scorers.push(system.open(&model)?);
        }
        let scored = score_in_one_pass(&data.test()?, scorers, &mut progress)?;

        // 4. Both are normalised over all videos.
        let mut table = Table::new(&data, &mut progress)?;
        for ((name, _), scores) in systems.iter().zip(&scored) {
            table.add_row(name, "-", &post_process("minmax", scores)?)?;
        }
        table.print()?;
        options.write_output(&post_process("minmax", &scored[1])?)
    }
}

fn main() -> Result<()> {
    run_experiment::<Memories>()
}
