//! Does a frame's largest error tell more than its mean error? The convolutional autoencoder at 128x128, scored twice.
//!
//! `cargo run --release --example mean_vs_max -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, tell_yardsticks};
use oddframe::burn::backend::Autodiff;
use oddframe::burn::module::AutodiffModule;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together,
};
use oddframe::core::{PixelFormat, WindowSpec};
use oddframe::frames::{ReadAhead, Scale};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{Channels, Max, Mean};
use oddframe::train::{FitOptions, Keep, Patience, fit, yardsticks};

struct MeanVsMax;

impl Experiment for MeanVsMax {
    const QUESTION: &'static str = "Does a frame's largest error tell more than its mean error?";

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
        let (kept_aside, devices) = (Some(&measured as &dyn Examples), [device.clone()]);
        let fitted =
            fit::<Autodiff<B>, _>(network, &learned, kept_aside, &learning, &devices, None, &mut progress)?;
        let network = fitted.model.valid();
        tell_yardsticks("autoencoder", yardsticks::<B, _>(&network, &learned, 32, &mut progress)?);

        // 3. The same reconstructions, scored in two ways.
        let by_mean = ScoreOptions::new(look, single, Measure::new(Mean));
        let by_max = by_mean.with_measure(Measure::new(Max).with_channels(Channels::Max));
        let mean = VideoScorer::new(network.freeze()?, by_mean)?;
        let max = mean.again(by_max)?;
        let scored = score_together(&data.test()?, &[&mean, &max], ReadAhead::new(), &mut progress)?;

        let mut table = Table::new(&data);
        table.row("mean error", "0.41", &scored[0])?;
        table.row("largest error", "0.53", &scored[1])?;
        table.print()?;
        options.write(&scored[1])
    }
}

fn main() -> Result<()> {
    experiment::start::<MeanVsMax>()
}
