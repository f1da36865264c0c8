//! Do three scales detect more than one? Autoencoders at 64, 128 and 256 pixels, two seeds each, fused in
//! four ways.
//!
//! `cargo run --release --example multi_scale -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `multi_scale.toml` is the recipe of the same experiment.

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

struct MultiScale;

/// Width and height in pixels, batch size, and the number of epochs on the synthetic street.
const SCALES: [(usize, usize, u64); 3] = [(64, 64, 6), (128, 32, 2), (256, 8, 1)];
/// The number of networks for each scale.
const SEEDS: usize = 2;

impl Experiment for MultiScale {
    const QUESTION: &'static str = "Do three scales detect more than one?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The inputs: the same frames at three sizes. Every training frame is decoded once for all.
        let mut inputs = Vec::new();
        for (side, ..) in SCALES {
            inputs.push(FrameInput::new(side, side, PixelFormat::Rgb)?.with_scale(Scale::Signed));
        }
        let store = FrameStore::load(
            &data.train()?,
            &inputs,
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;

        // 2. Two networks for each size. The latent vector has as many values as the frame has columns.
        let single = WindowSpec::new(1, 1)?;
        let train_windows = WindowSpec::new(1, options.train_stride(1, 2))?;
        let mut scorers = Vec::new();
        for (input, (side, batch, epochs)) in inputs.into_iter().zip(SCALES) {
            let clips = ClipSet::new(&store.sources(input), input, train_windows)?;
            let (training_clips, validation_clips) = clips.split(0.1, 0)?;
            for seed in (options.seed..).take(SEEDS) {
                let config = ConvAeConfig {
                    latent: side,
                    ..ConvAeConfig::default()
                };
                let network = config.init::<Autodiff<B>>(training_clips.input_shape(), device)?;
                let fit_options =
                    FitOptions::new(options.epochs(25, epochs), options.batch(batch, 8), 2e-4)
                        .with_patience(Patience {
                            epochs: 5,
                            delta: 1e-5,
                        })
                        .with_keep(Keep::Best)
                        .with_seed(seed);
                let name = format!("{side} pixels, seed {seed}");
                let training = Training::new(&name, fit_options).with_validation(&validation_clips);
                let network =
                    training.fit::<B, _>(network, &training_clips, device, &mut progress)?;
                let measure = Measure::new(Max).with_channels(Channels::Max);
                scorers.push(NetworkScorer::new(
                    network.to_inference()?,
                    ScoreOptions::new(input, single, measure),
                )?);
            }
        }
        let scored = score_tables(&data.test()?, scorers, &mut progress)?;

        // 3. The scores of each network normalised, averaged over the seeds, fused over the scales, and smoothed.
        let mut scales = Vec::new();
        for scores in scored.chunks(SEEDS) {
            let mut members = Vec::new();
            for scores in scores {
                members.push(post_process("percentile_clip(0, 99) | minmax", scores)?);
            }
            scales.push(post_process("minmax", &Fusion::Mean.fuse(&members)?)?);
        }

        let mut table = Table::new(&data, &mut progress)?;
        for (how, documented) in [
            ("max", "0.6310"),
            ("weighted(0.2, 0.6, 0.2)", "0.6281"),
            ("weighted(0, 0, 1)", "0.6233"),
            ("mean", "0.6226"),
        ] {
            let fused = how.parse::<Fusion>()?.fuse(&scales)?;
            let scores = post_process("gaussian(sigma=3) per video | minmax", &fused)?;
            table.add_row(how, documented, &scores)?;
            if how == "max" {
                options.write_output(&scores)?;
            }
        }

        // 4. The order that the document describes: smoothed before the fusion, and not normalised.
        let mut scales = Vec::new();
        for members in scored.chunks(SEEDS) {
            scales.push(post_process(
                "gaussian(sigma=3) per video",
                &Fusion::Mean.fuse(members)?,
            )?);
        }
        table.add_row(
            "max, in the documented order",
            "-",
            &Fusion::Max.fuse(&scales)?,
        )?;
        table.print()
    }
}

fn main() -> Result<()> {
    run_experiment::<MultiScale>()
}
