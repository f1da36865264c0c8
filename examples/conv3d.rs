//! Do clips as volumes tell more than single frames? A 3-D autoencoder of eight frames in colour.
//!
//! `cargo run --release --example conv3d -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, learn};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together,
};
use oddframe::core::{PixelFormat, WindowSpec};
use oddframe::frames::{ReadAhead, Scale};
use oddframe::models::{Conv3dAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{Channels, Max, Mean, Overlap};
use oddframe::train::{FitOptions, Keep, Patience};

struct Conv3d;

impl Experiment for Conv3d {
    const QUESTION: &'static str = "Do clips as volumes tell more than single frames?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. What the network sees: eight frames in colour, the next clip four frames on.
        let look = Look::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let frames = Arc::new(FrameStore::load(&data.train()?, look, &mut progress)?);
        let windows = WindowSpec::new(8, 4)?;
        let (learned, measured) = ClipSet::new(frames, windows)?.split(0.1, 0)?;

        // 2. The network, and how it learns.
        let network = Conv3dAeConfig::default().init::<Autodiff<B>>(learned.seen(), device)?;
        let learning = FitOptions::new(options.epochs(30, 3), 8, 1e-4)
            .with_weight_decay(1e-5)
            .with_gradient_clip(1.0)
            .with_patience(Patience { epochs: 7, delta: 1e-5 })
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

        // 3. A frame's score is the larger of those of the two clips that cover it.
        let by_max = Measure::new(Max).with_channels(Channels::Max);
        let scoring = ScoreOptions::new(look, windows, by_max).with_overlap(Overlap::Max);
        let max = VideoScorer::new(network.freeze()?, scoring)?;
        let mean = max.again(scoring.with_measure(Measure::new(Mean)))?;
        let scored = score_together(&data.test()?, &[&max, &mean], ReadAhead::new(), &mut progress)?;

        let mut table = Table::new(&data);
        table.row("largest error", "0.53", &scored[0])?;
        table.row("mean error", "-", &scored[1])?;
        table.print()?;
        options.write(&scored[0])
    }
}

fn main() -> Result<()> {
    experiment::start::<Conv3d>()
}
