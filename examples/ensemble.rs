//! Are five autoencoders better than one? Networks trained from five seeds, and the mean of their normalised
//! scores.
//!
//! `cargo run --release --example ensemble -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `ensemble.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, post_process, run_experiment, score_tables,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{FrameInput, PixelFormat, Scale, WindowSpec};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::post::Fusion;
use oddframe::score::{Channels, Max};
use oddframe::train::{FitOptions, Keep, Patience};

struct Ensemble;

const MEMBERS: u64 = 5;

impl Experiment for Ensemble {
    const QUESTION: &'static str = "Are five autoencoders better than one?";

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

        // 2. Networks that differ only in their seeds.
        let mut scorers = Vec::new();
        for seed in (options.seed..).take(MEMBERS as usize) {
            let network = ConvAeConfig::default()
                .init::<Autodiff<B>>(training_clips.input_shape(), device)?;
            let fit_options = FitOptions::new(options.epochs(25, 2), options.batch(32, 8), 2e-4)
                .with_patience(Patience {
                    epochs: 5,
                    delta: 1e-5,
                })
                .with_keep(Keep::Best)
                .with_seed(seed);
            let name = format!("autoencoder, seed {seed}");
            let training = Training::new(&name, fit_options).with_validation(&validation_clips);
            let network = training.fit::<B, _>(network, &training_clips, device, &mut progress)?;
            let measure = Measure::new(Max).with_channels(Channels::Max);
            scorers.push(NetworkScorer::new(
                network.to_inference()?,
                ScoreOptions::new(input, single, measure),
            )?);
        }

        // 3. All networks score the test frames in one pass.
        let scored = score_tables(&data.test()?, scorers, &mut progress)?;

        // 4. The scores of each network clipped and normalised, and their mean.
        let mut members = Vec::new();
        for scores in &scored {
            members.push(post_process("percentile_clip(0, 99) | minmax", scores)?);
        }
        let mean = Fusion::Mean.fuse(&members)?;

        let mut table = Table::new(&data, &mut progress)?;
        for (seed, scores) in (options.seed..).zip(&members) {
            table.add_row(&format!("seed {seed} alone"), "0.53", scores)?;
        }
        table.add_row("mean of the five", "0.5344", &mean)?;
        table.print()?;
        options.write_output(&mean)
    }
}

fn main() -> Result<()> {
    run_experiment::<Ensemble>()
}
