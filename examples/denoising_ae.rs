//! Does a network that takes noise away find more, and how far should its scores be smoothed? Noisy cuboids in, clean
//! ones wanted; two networks, two windows.
//!
//! `cargo run --release --example denoising_ae -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, after, learn, sources, upright};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, Target, VideoScorer, score_together,
};
use oddframe::core::{PixelFormat, WindowSpec};
use oddframe::frames::{Augment, Each, ReadAhead, UniformNoise};
use oddframe::models::{DenoisingAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct DenoisingAe;

impl Experiment for DenoisingAe {
    const QUESTION: &'static str =
        "Does a network that takes noise away find more, and how far should its scores be smoothed?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());
        let normal = data.train()?;

        // 1. Test frames that are upside down are turned back.
        let flips =
            FitOptions::new(options.epochs(5, 5), options.batch(64, 16), 1e-3).with_seed(options.seed);
        let truth = data.truth().flipped.as_ref();
        let repaired = upright::<B, _>(&normal, data.test()?, &flips, truth, device, &mut progress)?;

        // 2. All cuboids that are learned from are noisy, by 40 of 255, and wanted clean.
        let look = Look::new(128, 128, PixelFormat::Gray)?;
        let frames = Arc::new(FrameStore::load(&normal, look, &mut progress)?);
        let noise = UniformNoise::new(0.15686, 1.0, Each::Cuboid)?;
        let augment = Augment::new(options.seed).with_noise(noise);
        let clips = ClipSet::new(frames, WindowSpec::new(16, 2)?)?.with_augment(augment, Target::Clean);

        // 3. The network as it was run, and as the document describes it: with the cuboid autoencoder's layers.
        let scoring = ScoreOptions::new(look, WindowSpec::new(16, 1)?, Measure::new(Mean));
        let mut scorers = Vec::new();
        for (name, config) in
            [("as run", DenoisingAeConfig::default()), ("as described", DenoisingAeConfig::described())]
        {
            let network = config.init::<Autodiff<B>>(clips.seen(), device)?;
            let learning =
                FitOptions::new(options.epochs(25, 3), options.batch(32, 8), 1e-3).with_seed(options.seed);
            let network = learn::<B, _>(name, network, &clips, None, &learning, device, &mut progress)?;
            scorers.push(VideoScorer::new(network.freeze()?, scoring)?);
        }
        let scorers: Vec<&VideoScorer> = scorers.iter().collect();
        let scored = score_together(&sources(&repaired), &scorers, ReadAhead::new(), &mut progress)?;

        // 4. Nothing is added to test frames. The scores are clipped and averaged over 5 frames, and over 15.
        let mut table = Table::of_repaired(&data, sources(&repaired));
        for (name, raw) in ["as run", "as described"].into_iter().zip(&scored) {
            for window in [5, 15] {
                let steps = format!("percentile_clip(1, 100) | moving_average({window}) per video");
                let scores = after(&steps, raw)?;
                let documented = if window == 15 { "better" } else { "-" };
                table.row(&format!("{name}, moving average of {window}"), documented, &scores)?;
                if (name, window) == ("as run", 15) {
                    options.write(&scores)?;
                }
            }
        }
        table.print()
    }
}

fn main() -> Result<()> {
    experiment::start::<DenoisingAe>()
}
