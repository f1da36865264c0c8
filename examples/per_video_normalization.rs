//! Should each video be brought to one range of its own? The smoothed largest error of one autoencoder, normalised over
//! all videos and within each.
//!
//! `cargo run --release --example per_video_normalization -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, after, learn};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer};
use oddframe::core::{FrameScorer, PixelFormat, WindowSpec};
use oddframe::frames::Scale;
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{Channels, Max};
use oddframe::train::{FitOptions, Keep, Patience};

struct PerVideoNormalization;

impl Experiment for PerVideoNormalization {
    const QUESTION: &'static str = "Should each video be brought to one range of its own?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. What the network sees: single frames in colour, from -1 to 1. A tenth of the videos is measured on.
        let look = Look::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let frames = Arc::new(FrameStore::load(&data.train()?, look, &mut progress)?);
        let single = WindowSpec::new(1, 1)?;
        let (learned, measured) = ClipSet::new(frames, single)?.split(0.1, 0)?;

        // 2. The network, and how it learns.
        let network = ConvAeConfig::default().init::<Autodiff<B>>(learned.seen(), device)?;
        let learning = FitOptions::new(options.epochs(25, 4), options.batch(32, 8), 2e-4)
            .with_patience(Patience { epochs: 5, delta: 1e-5 })
            .with_keep(Keep::Best)
            .with_seed(options.seed);
        let network = learn::<B, _>(
            "autoencoder",
            network,
            &learned,
            Some(&measured),
            &learning,
            device,
            &mut progress,
        )?;

        // 3. A frame's largest error, as it comes.
        let measure = Measure::new(Max).with_channels(Channels::Max);
        let scorer = VideoScorer::new(network.freeze()?, ScoreOptions::new(look, single, measure))?;
        let raw = scorer.score_all(&data.test()?, &mut progress)?;

        // 4. The same smoothed scores in three ranges.
        let smooth = after("gaussian(sigma=3) per video", &raw)?;
        let over_all = after("minmax over all", &smooth)?;
        let mut table = Table::new(&data);
        table.row("one range over all videos", "0.6041", &over_all)?;
        table.row("one range for each video", "0.54", &after("minmax per video", &smooth)?)?;
        table.row("mean 0, deviation 1 in each video", "-", &after("zscore per video", &smooth)?)?;
        table.print()?;
        options.write(&over_all)
    }
}

fn main() -> Result<()> {
    experiment::start::<PerVideoNormalization>()
}
