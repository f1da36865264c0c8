//! Does it help to learn from noisy cuboids where test frames are noisy? Four in ten noisy, and none.
//!
//! `cargo run --release --example noise_augmentation -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

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
use oddframe::models::{CuboidAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct NoiseAugmentation;

impl Experiment for NoiseAugmentation {
    const QUESTION: &'static str = "Does it help to learn from noisy cuboids where test frames are noisy?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());
        let normal = data.train()?;

        // 1. Test frames that are upside down are turned back.
        let flips =
            FitOptions::new(options.epochs(5, 5), options.batch(64, 16), 1e-3).with_seed(options.seed);
        let truth = data.truth().flipped.as_ref();
        let repaired = upright::<B, _>(&normal, data.test()?, &flips, truth, device, &mut progress)?;

        // 2. The same cuboids of 16 gray frames: clean, and four in ten noisy, as the network should then give them back.
        let look = Look::new(128, 128, PixelFormat::Gray)?;
        let frames = Arc::new(FrameStore::load(&normal, look, &mut progress)?);
        let clean = ClipSet::new(frames, WindowSpec::new(16, 2)?)?;
        let noise = UniformNoise::new(0.1373, 0.4, Each::Cuboid)?;
        let noisy = clean.clone().with_augment(Augment::new(options.seed).with_noise(noise), Target::Same);

        // 3. A network for each, which differ in nothing else.
        let scoring = ScoreOptions::new(look, WindowSpec::new(16, 1)?, Measure::new(Mean));
        let mut scorers = Vec::new();
        for (name, clips) in [("four in ten noisy", &noisy), ("clean alone", &clean)] {
            let network = CuboidAeConfig::default().init::<Autodiff<B>>(clips.seen(), device)?;
            let learning = FitOptions::new(options.epochs(25, 3), options.batch(32, 8), 1e-3)
                .with_weight_decay(1e-4)
                .with_seed(options.seed);
            let network = learn::<B, _>(name, network, clips, None, &learning, device, &mut progress)?;
            scorers.push(VideoScorer::new(network.freeze()?, scoring)?);
        }

        // 4. Both on the same test frames, some of which are noisy.
        let scorers: Vec<&VideoScorer> = scorers.iter().collect();
        let scored = score_together(&sources(&repaired), &scorers, ReadAhead::new(), &mut progress)?;
        let smooth = |scores| after("minmax | moving_average(5) per video", scores);
        let (noisy, clean) = (smooth(&scored[0])?, smooth(&scored[1])?);

        let mut table = Table::of_repaired(&data, sources(&repaired));
        table.row("learned from clean cuboids alone", "lower", &clean)?;
        table.row("learned from four in ten noisy", "0.66881", &noisy)?;
        table.print()?;
        options.write(&noisy)
    }
}

fn main() -> Result<()> {
    experiment::start::<NoiseAugmentation>()
}
