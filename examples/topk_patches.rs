//! Do the worst patches of a frame tell more than its mean error, or than its worst pixel? One autoencoder, scored five
//! ways.
//!
//! `cargo run --release --example topk_patches -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, learn};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together,
};
use oddframe::core::{PixelFormat, WindowSpec};
use oddframe::frames::{ReadAhead, Scale};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{AnyPool, Channels, Mean};
use oddframe::train::{FitOptions, Keep, Patience};

struct TopKPatches;

/// What a row is called, what is documented for it, and how pixels and channels are joined.
const WAYS: [(&str, &str, &str, Channels); 5] = [
    ("mean error", "0.41", "mean", Channels::Mean),
    ("worst patch", "better", "topk(patch=16, stride=16, k=1)", Channels::Mean),
    ("5 worst patches", "-", "topk(patch=16, stride=16, k=5)", Channels::Mean),
    ("worst tenth of the patches", "-", "topk(patch=16, stride=16, k=10%)", Channels::Mean),
    ("largest error", "0.53", "max", Channels::Max),
];

impl Experiment for TopKPatches {
    const QUESTION: &'static str = "Do the worst patches of a frame tell more than its mean error?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. What the network sees: single frames in colour, from -1 to 1. A tenth of the videos is measured on.
        let look = Look::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let frames = Arc::new(FrameStore::load(&data.train()?, look, &mut progress)?);
        let single = WindowSpec::new(1, 1)?;
        let (learned, measured) = ClipSet::new(frames, single)?.split(0.1, 0)?;

        // 2. The network, and how it learns.
        let network = ConvAeConfig::default().init::<Autodiff<B>>(learned.seen(), device)?;
        let learning = FitOptions::new(options.epochs(25, 4), options.batch(32, 8), 2e-4)
            .with_patience(Patience { epochs: 5, delta: 1e-5 })
            .with_keep(Keep::Best)
            .with_seed(options.seed);
        let network = learn::<B, _>(
            "autoencoder",
            network,
            &learned,
            Some(&measured),
            &learning,
            device,
            &mut progress,
        )?;

        // 3. The same reconstructions, scored in five ways.
        let by_mean = ScoreOptions::new(look, single, Measure::new(Mean));
        let scorer = VideoScorer::new(network.freeze()?, by_mean)?;
        let mut scorers = Vec::new();
        for (_, _, pool, channels) in WAYS {
            let measure = Measure::new(pool.parse::<AnyPool>()?).with_channels(channels);
            scorers.push(scorer.again(by_mean.with_measure(measure))?);
        }
        let scorers: Vec<&VideoScorer> = scorers.iter().collect();
        let scored = score_together(&data.test()?, &scorers, ReadAhead::new(), &mut progress)?;

        let mut table = Table::new(&data);
        for ((name, documented, ..), scores) in WAYS.iter().zip(&scored) {
            table.row(name, documented, scores)?;
        }
        table.print()?;
        options.write(&scored[1])
    }
}

fn main() -> Result<()> {
    experiment::start::<TopKPatches>()
}
