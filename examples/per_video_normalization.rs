//! Should the scores of each video be normalised separately? The smoothed largest error of one autoencoder,
//! normalised over all videos and within each video.
//!
//! `cargo run --release --example per_video_normalization -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `per_video_normalization.toml` is the recipe of the same experiment.

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

struct PerVideoNormalization;

impl Experiment for PerVideoNormalization {
    const QUESTION: &'static str = "Should the scores of each video be normalised separately?";

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

        // 4. The same smoothed scores, normalised in three ways.
        let smooth = post_process("gaussian(sigma=3) per video", &raw)?;
        let over_all = post_process("minmax over all", &smooth)?;
        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("min-max over all videos", "0.6041", &over_all)?;
        table.add_row(
            "min-max within each video",
            "0.54",
            &post_process("minmax per video", &smooth)?,
        )?;
        table.add_row(
            "z-score within each video",
            "-",
            &post_process("zscore per video", &smooth)?,
        )?;
        table.print()?;
        options.write_output(&over_all)
    }
}

fn main() -> Result<()> {
    run_experiment::<PerVideoNormalization>()
}
