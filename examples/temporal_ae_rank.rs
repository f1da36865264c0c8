//! What do ranks change? Sixteen gray frames as the channels of one image, scored, clipped, smoothed, rounded, ranked.
//!
//! `cargo run --release --example temporal_ae_rank -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, after, learn, sources, upright};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, Target, VideoScorer};
use oddframe::core::{FrameScorer, PixelFormat, WindowSpec};
use oddframe::frames::{Augment, Each, UniformNoise, VerticalFlip};
use oddframe::models::{CuboidAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct TemporalAeRank;

impl Experiment for TemporalAeRank {
    const QUESTION: &'static str = "What do ranks change?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());
        let normal = data.train()?;

        // 1. Test frames that are upside down are turned back.
        let flips =
            FitOptions::new(options.epochs(5, 5), options.batch(64, 16), 1e-3).with_seed(options.seed);
        let truth = data.truth().flipped.as_ref();
        let repaired = upright::<B, _>(&normal, data.test()?, &flips, truth, device, &mut progress)?;

        // 2. What the network sees: cuboids of 16 gray frames. When it learns, some frames are noisy, some upside down.
        let look = Look::new(128, 128, PixelFormat::Gray)?;
        let frames = Arc::new(FrameStore::load(&normal, look, &mut progress)?);
        let augment = Augment::new(options.seed)
            .with_noise(UniformNoise::new(0.15, 0.3, Each::Frame)?)
            .with_flip(VerticalFlip::new(0.2, Each::Frame)?);
        let clips = ClipSet::new(frames, WindowSpec::new(16, 2)?)?.with_augment(augment, Target::Same);

        // 3. The network, without batch normalisation, and how it learns.
        let network = CuboidAeConfig::plain().init::<Autodiff<B>>(clips.seen(), device)?;
        let learning =
            FitOptions::new(options.epochs(40, 5), options.batch(32, 8), 1e-3).with_seed(options.seed);
        let network = learn::<B, _>("autoencoder", network, &clips, None, &learning, device, &mut progress)?;

        // 4. A frame's score is the mean of its errors in all windows that cover it.
        let scoring = ScoreOptions::new(look, WindowSpec::new(16, 1)?, Measure::new(Mean));
        let raw =
            VideoScorer::new(network.freeze()?, scoring)?.score_all(&sources(&repaired), &mut progress)?;

        // 5. What is done to the scores, step by step.
        let clipped = after("percentile_clip(0, 99.99)", &raw)?;
        let smooth = after("uniform(3) per video", &clipped)?;
        let rounded = after("round(6)", &smooth)?;
        let ranked = after("rank", &rounded)?;
        let mut table = Table::of_repaired(&data, sources(&repaired));
        for (name, scores) in [
            ("as they come", &raw),
            ("clipped", &clipped),
            ("smoothed", &smooth),
            ("rounded", &rounded),
            ("ranked", &ranked),
        ] {
            table.row(name, if name == "ranked" { "no change" } else { "-" }, scores)?;
        }
        table.print()?;
        options.write(&ranked)
    }
}

fn main() -> Result<()> {
    experiment::start::<TemporalAeRank>()
}
