//! How good is the best documented system? Sixteen gray frames as the channels of one image, batch normalised, channels
//! dropped, four in ten training cuboids noisy.
//!
//! `cargo run --release --example cuboid_ae -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, after, learn, sources, upright};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, Target, VideoScorer};
use oddframe::core::{FrameScorer, PixelFormat, WindowSpec};
use oddframe::frames::{Augment, Each, UniformNoise};
use oddframe::models::{CuboidAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct CuboidAe;

impl Experiment for CuboidAe {
    const QUESTION: &'static str = "How good is the best documented system?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());
        let normal = data.train()?;

        // 1. Test frames that are upside down are turned back.
        let flips =
            FitOptions::new(options.epochs(5, 5), options.batch(64, 16), 1e-3).with_seed(options.seed);
        let truth = data.truth().flipped.as_ref();
        let repaired = upright::<B, _>(&normal, data.test()?, &flips, truth, device, &mut progress)?;

        // 2. What the network sees: cuboids of 16 gray frames. Four in ten of those that it learns from are noisy.
        let look = Look::new(128, 128, PixelFormat::Gray)?;
        let frames = Arc::new(FrameStore::load(&normal, look, &mut progress)?);
        let noise = UniformNoise::new(0.1373, 0.4, Each::Cuboid)?;
        let augment = Augment::new(options.seed).with_noise(noise);
        let clips = ClipSet::new(frames, WindowSpec::new(16, 2)?)?.with_augment(augment, Target::Same);

        // 3. The network, and how it learns.
        let network = CuboidAeConfig::default().init::<Autodiff<B>>(clips.seen(), device)?;
        let learning = FitOptions::new(options.epochs(25, 5), options.batch(32, 8), 1e-3)
            .with_weight_decay(1e-4)
            .with_seed(options.seed);
        let network = learn::<B, _>("autoencoder", network, &clips, None, &learning, device, &mut progress)?;

        // 4. A frame's score is the mean of its errors in all windows that cover it.
        let scoring = ScoreOptions::new(look, WindowSpec::new(16, 1)?, Measure::new(Mean));
        let raw =
            VideoScorer::new(network.freeze()?, scoring)?.score_all(&sources(&repaired), &mut progress)?;
        let smooth = after("minmax | moving_average(5) per video", &raw)?;

        let mut table = Table::of_repaired(&data, sources(&repaired));
        table.row("as they come", "-", &raw)?;
        table.row("moving average of 5", "0.66881", &smooth)?;
        table.print()?;
        options.write(&smooth)
    }
}

fn main() -> Result<()> {
    experiment::start::<CuboidAe>()
}
