//! Are five autoencoders better than one? Networks of five seeds, each brought to one range, and their mean.
//!
//! `cargo run --release --example ensemble -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, after, learn};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together,
};
use oddframe::core::{PixelFormat, WindowSpec};
use oddframe::frames::{ReadAhead, Scale};
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

        // 1. What the network sees: single frames in colour, from -1 to 1. A tenth of the videos is measured on.
        let look = Look::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let frames = Arc::new(FrameStore::load(&data.train()?, look, &mut progress)?);
        let single = WindowSpec::new(1, 1)?;
        let (learned, measured) = ClipSet::new(frames, single)?.split(0.1, 0)?;

        // 2. Networks that differ in nothing but their seed.
        let mut scorers = Vec::new();
        for seed in (options.seed..).take(MEMBERS as usize) {
            let network = ConvAeConfig::default().init::<Autodiff<B>>(learned.seen(), device)?;
            let learning = FitOptions::new(options.epochs(25, 2), options.batch(32, 8), 2e-4)
                .with_patience(Patience { epochs: 5, delta: 1e-5 })
                .with_keep(Keep::Best)
                .with_seed(seed);
            let name = format!("autoencoder, seed {seed}");
            let network =
                learn::<B, _>(&name, network, &learned, Some(&measured), &learning, device, &mut progress)?;
            let measure = Measure::new(Max).with_channels(Channels::Max);
            scorers.push(VideoScorer::new(network.freeze()?, ScoreOptions::new(look, single, measure))?);
        }

        // 3. All of them over each frame, which is decoded once.
        let scorers: Vec<&VideoScorer> = scorers.iter().collect();
        let scored = score_together(&data.test()?, &scorers, ReadAhead::new(), &mut progress)?;

        // 4. Outliers cut off, one range, the mean.
        let clipped = |scores| after("percentile_clip(0, 99) | minmax", scores);
        let members = scored.iter().map(clipped).collect::<Result<Vec<_>>>()?;
        let mean = Fusion::Mean.fuse(&members)?;

        let mut table = Table::new(&data);
        for (seed, scores) in (options.seed..).zip(&members) {
            table.row(&format!("seed {seed} alone"), "0.53", scores)?;
        }
        table.row("mean of the five", "0.5344", &mean)?;
        table.print()?;
        options.write(&mean)
    }
}

fn main() -> Result<()> {
    experiment::start::<Ensemble>()
}
