//! Do skip connections hurt? A U-Net, whose way up sees what the way down saw, beside an autoencoder without.
//!
//! `cargo run --release --example skip_connections -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

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
use oddframe::models::{ConvAeConfig, Network, UnetConfig};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::{FitOptions, Keep, Patience};

struct SkipConnections;

impl Experiment for SkipConnections {
    const QUESTION: &'static str = "Do skip connections hurt?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. What both networks see: single frames in colour, from -1 to 1.
        let look = Look::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let frames = Arc::new(FrameStore::load(&data.train()?, look, &mut progress)?);
        let clips = ClipSet::new(frames, WindowSpec::new(1, options.train_stride(1, 8))?)?;

        // 2. The autoencoder. A tenth of the videos says which of its epochs was the best.
        let (learned, measured) = clips.clone().split(0.1, 0)?;
        let autoencoder = ConvAeConfig::default().init::<Autodiff<B>>(clips.seen(), device)?;
        let learning = FitOptions::new(options.epochs(25, 12), options.batch(32, 8), 2e-4)
            .with_patience(Patience { epochs: 5, delta: 1e-5 })
            .with_keep(Keep::Best)
            .with_seed(options.seed);
        let autoencoder = learn::<B, _>(
            "autoencoder",
            autoencoder,
            &learned,
            Some(&measured),
            &learning,
            device,
            &mut progress,
        )?;

        // 3. The U-Net. Its loss adds structural similarity and the difference of gradients.
        let unet = UnetConfig::default().init::<Autodiff<B>>(clips.seen(), device)?;
        let learning = FitOptions::new(options.epochs(50, 3), options.batch(64, 8), 1e-3)
            .with_weight_decay(1e-5)
            .with_seed(options.seed);
        let unet = learn::<B, _>("U-Net", unet, &clips, None, &learning, device, &mut progress)?;

        // 4. Both by their mean error.
        let scoring = ScoreOptions::new(look, WindowSpec::new(1, 1)?, Measure::new(Mean));
        let without = VideoScorer::new(autoencoder.freeze()?, scoring)?;
        let with = VideoScorer::new(unet.freeze()?, scoring)?;
        let scored = score_together(&data.test()?, &[&without, &with], ReadAhead::new(), &mut progress)?;

        let mut table = Table::new(&data);
        table.row("without skips", "0.41", &scored[0])?;
        table.row("with skips", "0.33", &scored[1])?;
        table.print()?;
        options.write(&scored[1])
    }
}

fn main() -> Result<()> {
    experiment::start::<SkipConnections>()
}
