//! Does colour help an LSTM autoencoder that reads each frame as a vector of pixels? Sequences of ten frames,
//! encoded and decoded.
//!
//! `cargo run --release --example lstm_ae -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `lstm_ae.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, post_process, run_experiment, score_tables,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{Align, FrameInput, PixelFormat, WindowSpec};
use oddframe::models::{LstmAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct LstmAe;

impl Experiment for LstmAe {
    const QUESTION: &'static str =
        "Does colour help an LSTM autoencoder that reads each frame as a vector of pixels?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The inputs: the same frames in RGB and in gray. A sequence of ten frames scores its centre frame.
        let inputs = [
            FrameInput::new(64, 64, PixelFormat::Rgb)?,
            FrameInput::new(64, 64, PixelFormat::Gray)?,
        ];
        let windows = WindowSpec::new(10, 1)?.with_align(Align::Centre);
        let train_windows =
            WindowSpec::new(10, options.train_stride(1, 2))?.with_align(Align::Centre);
        let store = FrameStore::load(
            &data.train()?,
            &inputs,
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;

        // 2. A network for each input.
        let mut scorers = Vec::new();
        for (input, name) in inputs.into_iter().zip(["colour", "gray"]) {
            let clips = ClipSet::new(&store.sources(input), input, train_windows)?;
            let network =
                LstmAeConfig::default().init::<Autodiff<B>>(clips.input_shape(), device)?;
            let fit_options =
                FitOptions::new(options.epochs(15, 2), 8, 1e-3).with_seed(options.seed);
            let training = Training::new(name, fit_options);
            let network = training.fit::<B, _>(network, &clips, device, &mut progress)?;
            let scoring = ScoreOptions::new(input, windows, Measure::new(Mean));
            scorers.push(NetworkScorer::new(network.to_inference()?, scoring)?);
        }
        let scored = score_tables(&data.test()?, scorers, &mut progress)?;

        // 3. A rolling mean over seven frames, normalised within each video.
        let steps = "rolling(7) per video | minmax per video";
        let (colour, gray) = (
            post_process(steps, &scored[0])?,
            post_process(steps, &scored[1])?,
        );
        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("gray", "tried", &gray)?;
        table.add_row("colour", "0.58", &colour)?;
        table.add_row(
            "colour, normalised over all videos",
            "-",
            &post_process("rolling(7) per video | minmax", &scored[0])?,
        )?;
        table.print()?;
        options.write_output(&colour)
    }
}

fn main() -> Result<()> {
    run_experiment::<LstmAe>()
}
