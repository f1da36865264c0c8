//! Do clips as volumes detect more than single frames? A 3-D autoencoder of eight RGB frames.
//!
//! `cargo run --release --example conv3d -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `conv3d.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, Training, run_experiment, score_tables};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{FrameInput, PixelFormat, Scale, WindowSpec};
use oddframe::models::{Conv3dAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{Channels, Max, Mean, Overlap};
use oddframe::train::{FitOptions, Keep, Patience};

struct Conv3d;

impl Experiment for Conv3d {
    const QUESTION: &'static str = "Do clips as volumes detect more than single frames?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The input of the network: clips of eight RGB frames, with a stride of four frames.
        let input = FrameInput::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let store = FrameStore::load(
            &data.train()?,
            &[input],
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;
        let windows = WindowSpec::new(8, 4)?;
        let (training_clips, validation_clips) =
            ClipSet::new(&store.sources(input), input, windows)?.split(0.1, 0)?;

        // 2. The network and its training.
        let network =
            Conv3dAeConfig::default().init::<Autodiff<B>>(training_clips.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(30, 3), 8, 1e-4)
            .with_weight_decay(1e-5)
            .with_gradient_clip(1.0)
            .with_patience(Patience {
                epochs: 7,
                delta: 1e-5,
            })
            .with_keep(Keep::Best)
            .with_seed(options.seed);
        let training = Training::new("autoencoder", fit_options).with_validation(&validation_clips);
        let network = training.fit::<B, _>(network, &training_clips, device, &mut progress)?;

        // 3. The score of a frame is the larger one of the two clips that contain it.
        let by_max = Measure::new(Max).with_channels(Channels::Max);
        let scoring = ScoreOptions::new(input, windows, by_max).with_overlap(Overlap::Max);
        let max = NetworkScorer::new(network.to_inference()?, scoring)?;
        let mean = max.with_options(scoring.with_measure(Measure::new(Mean)))?;
        let scored = score_tables(&data.test()?, vec![max, mean], &mut progress)?;

        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("largest error", "0.53", &scored[0])?;
        table.add_row("mean error", "-", &scored[1])?;
        table.print()?;
        options.write_output(&scored[0])
    }
}

fn main() -> Result<()> {
    run_experiment::<Conv3d>()
}
