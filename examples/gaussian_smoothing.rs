//! How much should scores be smoothed? Gaussian filters with a sigma of 1 to 8 frames over the largest error of one
//! autoencoder.
//!
//! `cargo run --release --example gaussian_smoothing -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `gaussian_smoothing.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, post_process, run_experiment, score_table,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{FrameInput, PixelFormat, Scale, WindowSpec};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{Channels, Max};
use oddframe::train::{FitOptions, Keep, Patience};

struct GaussianSmoothing;

/// The sigma of the documented system, in frames.
const CHOSEN: u32 = 3;

impl Experiment for GaussianSmoothing {
    const QUESTION: &'static str = "How much should scores be smoothed?";

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
        let training = Training::new("autoencoder", fit_options).with_validation(&validation_clips);
        let network = training.fit::<B, _>(network, &training_clips, device, &mut progress)?;

        // 3. The raw score of a frame is its largest error.
        let measure = Measure::new(Max).with_channels(Channels::Max);
        let scorer = NetworkScorer::new(
            network.to_inference()?,
            ScoreOptions::new(input, single, measure),
        )?;
        let raw = score_table(&data.test()?, scorer, &mut progress)?;

        // 4. Scores smoothed within each video, then normalised over all videos.
        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("raw", "0.53", &post_process("minmax", &raw)?)?;
        for sigma in 1..=8 {
            let scores =
                post_process(&format!("gaussian(sigma={sigma}) per video | minmax"), &raw)?;
            let documented = if sigma == CHOSEN { "0.6041" } else { "less" };
            table.add_row(&format!("sigma {sigma}"), documented, &scores)?;
            if sigma == CHOSEN {
                options.write_output(&scores)?;
            }
        }
        table.print()
    }
}

fn main() -> Result<()> {
    run_experiment::<GaussianSmoothing>()
}
