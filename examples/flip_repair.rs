//! How much does it help to flip back frames that are upside down? One autoencoder on damaged test videos,
//! before and after the repair.
//!
//! `cargo run --release --example flip_repair -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `flip_repair.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, as_sources, fit_flip_classifier, flip_back,
    run_experiment, score_tables,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{FrameInput, PixelFormat, Scale, WindowSpec};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{Channels, Max, Mean};
use oddframe::train::{FitOptions, Keep, Patience};

struct FlipRepair;

impl Experiment for FlipRepair {
    const QUESTION: &'static str =
        "How much does it help to flip back frames that are upside down?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());
        let (normal, test) = (data.train()?, data.test()?);

        // 1. A classifier learns from normal frames, shown as they are and flipped.
        let fit_options = FitOptions::new(options.epochs(5, 5), options.batch(64, 16), 1e-3)
            .with_seed(options.seed);
        let mut classifier =
            fit_flip_classifier::<B>(&normal, &fit_options, device, &mut progress)?;

        // 2. It classifies every test frame once. A frame that it finds upside down is flipped back whenever
        //    it is read.
        let truth = data.truth(&mut progress)?.flipped;
        let repaired = flip_back(test.clone(), &mut classifier, truth.as_ref(), &mut progress)?;

        // 3. An autoencoder of single frames, trained on the same videos.
        let input = FrameInput::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let store = FrameStore::load(&normal, &[input], FrameStore::BUDGET_BYTES, &mut progress)?;
        let single = WindowSpec::new(1, 1)?;
        let (training_clips, validation_clips) =
            ClipSet::new(&store.sources(input), input, single)?.split(0.1, 0)?;
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

        // 4. The same network scores the videos before and after the repair.
        let by_mean = ScoreOptions::new(input, single, Measure::new(Mean));
        let by_max = by_mean.with_measure(Measure::new(Max).with_channels(Channels::Max));
        let mean = NetworkScorer::new(network.to_inference()?, by_mean)?;
        let max = mean.with_options(by_max)?;
        let before = score_tables(
            &test,
            vec![mean.with_options(by_mean)?, max.with_options(by_max)?],
            &mut progress,
        )?;
        let after = score_tables(&as_sources(&repaired), vec![mean, max], &mut progress)?;

        let mut table = Table::new(&data, &mut progress)?.with_repaired(as_sources(&repaired));
        table.add_row("mean error, not repaired", "lower", &before[0])?;
        table.add_row("mean error, flipped back", "higher", &after[0])?;
        table.add_row("largest error, not repaired", "lower", &before[1])?;
        table.add_row("largest error, flipped back", "higher", &after[1])?;
        table.print()?;
        options.write_output(&after[0])
    }
}

fn main() -> Result<()> {
    run_experiment::<FlipRepair>()
}
