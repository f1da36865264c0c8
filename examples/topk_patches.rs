//! Do the worst patches of a frame detect more than its mean error or its worst pixel? One autoencoder,
//! scored in five ways.
//!
//! `cargo run --release --example topk_patches -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `topk_patches.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, Training, run_experiment, score_tables};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{FrameInput, PixelFormat, Scale, WindowSpec};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{AnyPool, Channels, Mean};
use oddframe::train::{FitOptions, Keep, Patience};

struct TopKPatches;

/// The name of each row, its documented value, and how the errors of pixels and of channels become one number.
const MEASURES: [(&str, &str, &str, Channels); 5] = [
    ("mean error", "0.41", "mean", Channels::Mean),
    (
        "worst patch",
        "better",
        "topk(patch=16, stride=16, k=1)",
        Channels::Mean,
    ),
    (
        "5 worst patches",
        "-",
        "topk(patch=16, stride=16, k=5)",
        Channels::Mean,
    ),
    (
        "worst tenth of the patches",
        "-",
        "topk(patch=16, stride=16, k=10%)",
        Channels::Mean,
    ),
    ("largest error", "0.53", "max", Channels::Max),
];

impl Experiment for TopKPatches {
    const QUESTION: &'static str =
        "Do the worst patches of a frame detect more than its mean error?";

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

        // 3. Five scores from the same reconstructions: the network runs once for all.
        let by_mean = ScoreOptions::new(input, single, Measure::new(Mean));
        let scorer = NetworkScorer::new(network.to_inference()?, by_mean)?;
        let mut scorers = Vec::new();
        for (_, _, pool, channels) in MEASURES {
            let measure = Measure::new(pool.parse::<AnyPool>()?).with_channels(channels);
            scorers.push(scorer.with_options(by_mean.with_measure(measure))?);
        }
        let scored = score_tables(&data.test()?, scorers, &mut progress)?;

        let mut table = Table::new(&data, &mut progress)?;
        for ((name, documented, ..), scores) in MEASURES.iter().zip(&scored) {
            table.add_row(name, documented, scores)?;
        }
        table.print()?;
        options.write_output(&scored[1])
    }
}

fn main() -> Result<()> {
    run_experiment::<TopKPatches>()
}
