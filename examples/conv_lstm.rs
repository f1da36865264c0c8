//! Does the prediction error of a frame detect more than its reconstruction error? A network predicts the
//! next frame from eight. The first eight frames of a video have no prediction: two policies for their
//! scores.
//!
//! `cargo run --release --example conv_lstm -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `conv_lstm.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, Training, run_experiment, score_tables};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{Align, EdgePolicy, FrameInput, PixelFormat, Scale, WindowSpec};
use oddframe::models::{ConvLstmPredictorConfig, Network};
use oddframe::nn::{Kernels, Reconstruct};
use oddframe::score::{Channels, Max, Mean};
use oddframe::train::{FitOptions, Keep, Patience};

struct ConvLstm;

impl Experiment for ConvLstm {
    const QUESTION: &'static str =
        "Does the prediction error of a frame detect more than its reconstruction error?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. A clip has nine frames. The network sees the first eight and predicts the last, which is the one
        //    that is scored.
        let input = FrameInput::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let windows = WindowSpec::new(9, 1)?.with_align(Align::Last);
        let train_windows = WindowSpec::new(9, options.train_stride(1, 4))?.with_align(Align::Last);
        let network =
            ConvLstmPredictorConfig::default().init::<Autodiff<B>>(input.clip(9)?, device)?;
        let store = FrameStore::load(
            &data.train()?,
            &[input],
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;
        let clips = ClipSet::new(&store.sources(input), input, train_windows)?
            .with_predicted_frames(network.predicted_frames(9))?;
        let (training_clips, validation_clips) = clips.split(0.1, 0)?;

        // 2. The training.
        let fit_options = FitOptions::new(options.epochs(25, 2), options.batch(16, 8), 2e-4)
            .with_patience(Patience {
                epochs: 5,
                delta: 1e-5,
            })
            .with_keep(Keep::Best)
            .with_seed(options.seed);
        let training = Training::new("predictor", fit_options).with_validation(&validation_clips);
        let network = training.fit::<B, _>(network, &training_clips, device, &mut progress)?;

        // 3. The first eight frames get the score 0, as documented, or the score of the ninth.
        let scoring = ScoreOptions::new(input, windows, Measure::new(Mean));
        let scoring = scoring.with_edge(EdgePolicy::Constant(0.0)).with_batch(4);
        let mean = NetworkScorer::new(network.to_inference()?, scoring)?;
        let scoring = scoring.with_measure(Measure::new(Max).with_channels(Channels::Max));
        let max = mean.with_options(scoring)?;
        let max_nearest = mean.with_options(scoring.with_edge(EdgePolicy::Nearest))?;
        let scored = score_tables(&data.test()?, vec![mean, max, max_nearest], &mut progress)?;

        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("mean error, first frames 0", "0.41-0.45", &scored[0])?;
        table.add_row("largest error, first frames 0", "0.41-0.45", &scored[1])?;
        table.add_row("largest error, nearest score", "-", &scored[2])?;
        table.print()?;
        options.write_output(&scored[1])
    }
}

fn main() -> Result<()> {
    run_experiment::<ConvLstm>()
}
