//! Is there a better smoother than the Gaussian? Medians, exponential means, Savitzky-Golay, and medians with a Gaussian,
//! over the largest error of one autoencoder.
//!
//! `cargo run --release --example other_smoothers -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

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

struct OtherSmoothers;

/// What each row does within a video. The first one is what the others would have to beat.
const SMOOTHERS: [&str; 15] = [
    "gaussian(sigma=3)",
    "median(3)",
    "median(5)",
    "median(7)",
    "median(9)",
    "median(11)",
    "ema(0.2)",
    "ema(0.3)",
    "ema(0.4)",
    "ema(0.5)",
    "savgol(7, 2)",
    "savgol(11, 2)",
    "savgol(15, 2)",
    "median(5) per video | gaussian(sigma=3)",
    "gaussian(sigma=3) per video | median(5)",
];

impl Experiment for OtherSmoothers {
    const QUESTION: &'static str = "Is there a better smoother than the Gaussian?";

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

        // 4. Smoothed within each video, then brought to one range over all of them.
        let mut table = Table::new(&data);
        for (place, smoother) in SMOOTHERS.into_iter().enumerate() {
            let scores = after(&format!("{smoother} per video | minmax"), &raw)?;
            table.row(smoother, if place == 0 { "0.6041" } else { "no better" }, &scores)?;
            if place == 0 {
                options.write(&scores)?;
            }
        }
        table.print()
    }
}

fn main() -> Result<()> {
    experiment::start::<OtherSmoothers>()
}
