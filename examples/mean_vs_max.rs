//! Does the largest error of a frame detect more than its mean error? One convolutional autoencoder at
//! 128x128, scored twice.
//!
//! `cargo run --release --example mean_vs_max -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `mean_vs_max.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, print_trivial_errors, run_experiment, score_tables,
};
use oddframe::burn::backend::Autodiff;
use oddframe::burn::module::AutodiffModule;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{FrameInput, PixelFormat, Scale, WindowSpec};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{Channels, Max, Mean};
use oddframe::train::{FitOptions, Keep, Patience, Trainer, measure_trivial_errors};

struct MeanVsMax;

impl Experiment for MeanVsMax {
    const QUESTION: &'static str =
        "Does the largest error of a frame detect more than its mean error?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The input of the network: single RGB frames, from -1 to 1. A tenth of the clips is kept for
        //    validation.
        let input = FrameInput::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let store = FrameStore::load(
            &data.train()?,
            &[input],
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;
        let single = WindowSpec::new(1, 1)?;
        let (training_clips, validation_clips) =
            ClipSet::new(&store.sources(input), input, single)?.split(0.1, 0)?;

        // 2. The network and its training.
        let network =
            ConvAeConfig::default().init::<Autodiff<B>>(training_clips.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(25, 4), options.batch(32, 8), 2e-4)
            .with_patience(Patience {
                epochs: 5,
                delta: 1e-5,
            })
            .with_keep(Keep::Best)
            .with_seed(options.seed);
        let devices = [device.clone()];
        let fitted = Trainer::<Autodiff<B>>::new(fit_options, &devices)?
            .with_validation(Some(&validation_clips))
            .fit(network, &training_clips, &mut progress)?;
        // Without automatic differentiation: a trained network that reconstructs.
        let network = fitted.model.valid();
        let errors = measure_trivial_errors::<B, _>(&network, &training_clips, 32, &mut progress)?;
        print_trivial_errors("autoencoder", errors);

        // 3. Two scores from the same reconstructions: the network runs once for both.
        let by_mean = ScoreOptions::new(input, single, Measure::new(Mean));
        let by_max = by_mean.with_measure(Measure::new(Max).with_channels(Channels::Max));
        let mean = NetworkScorer::new(network.to_inference()?, by_mean)?;
        let max = mean.with_options(by_max)?;
        let scored = score_tables(&data.test()?, vec![mean, max], &mut progress)?;

        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("mean error", "0.41", &scored[0])?;
        table.add_row("largest error", "0.53", &scored[1])?;
        table.print()?;
        options.write_output(&scored[1])
    }
}

fn main() -> Result<()> {
    run_experiment::<MeanVsMax>()
}
