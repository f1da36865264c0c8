//! Do skip connections hurt? A U-Net, whose decoder sees the features of the encoder, compared with an
//! autoencoder without skip connections.
//!
//! `cargo run --release --example skip_connections -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `skip_connections.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, Training, run_experiment, score_tables};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{FrameInput, PixelFormat, Scale, WindowSpec};
use oddframe::models::{ConvAeConfig, Network, UnetConfig};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::{FitOptions, Keep, Patience};

struct SkipConnections;

impl Experiment for SkipConnections {
    const QUESTION: &'static str = "Do skip connections hurt?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The input of both networks: single RGB frames, from -1 to 1.
        let input = FrameInput::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let store = FrameStore::load(
            &data.train()?,
            &[input],
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;
        let windows = WindowSpec::new(1, options.train_stride(1, 8))?;
        let clips = ClipSet::new(&store.sources(input), input, windows)?;

        // 2. The autoencoder. A tenth of the clips is kept to choose the best epoch.
        let (training_clips, validation_clips) = clips.clone().split(0.1, 0)?;
        let autoencoder =
            ConvAeConfig::default().init::<Autodiff<B>>(clips.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(25, 12), options.batch(32, 8), 2e-4)
            .with_patience(Patience {
                epochs: 5,
                delta: 1e-5,
            })
            .with_keep(Keep::Best)
            .with_seed(options.seed);
        let training = Training::new("autoencoder", fit_options).with_validation(&validation_clips);
        let autoencoder =
            training.fit::<B, _>(autoencoder, &training_clips, device, &mut progress)?;

        // 3. The U-Net. Its loss adds structural similarity and the difference of image gradients.
        let unet = UnetConfig::default().init::<Autodiff<B>>(clips.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(50, 3), options.batch(64, 8), 1e-3)
            .with_weight_decay(1e-5)
            .with_seed(options.seed);
        let training = Training::new("U-Net", fit_options);
        let unet = training.fit::<B, _>(unet, &clips, device, &mut progress)?;

        // 4. The mean error of both.
        let scoring = ScoreOptions::new(input, WindowSpec::new(1, 1)?, Measure::new(Mean));
        let without = NetworkScorer::new(autoencoder.to_inference()?, scoring)?;
        let with = NetworkScorer::new(unet.to_inference()?, scoring)?;
        let scored = score_tables(&data.test()?, vec![without, with], &mut progress)?;

        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("without skips", "0.41", &scored[0])?;
        table.add_row("with skips", "0.33", &scored[1])?;
        table.print()?;
        options.write_output(&scored[1])
    }
}

fn main() -> Result<()> {
    run_experiment::<SkipConnections>()
}
