//! Do three scales find more than one? Autoencoders at 64, 128 and 256 pixels, two seeds each, fused in four ways.
//!
//! `cargo run --release --example multi_scale -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, after, learn};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together,
};
use oddframe::core::{PixelFormat, ScoreTable, WindowSpec};
use oddframe::frames::{ReadAhead, Scale};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::post::Fusion;
use oddframe::score::{Channels, Max};
use oddframe::train::{FitOptions, Keep, Patience};

struct MultiScale;

/// Side in pixels, frames in a step, and epochs that end soon enough on the street.
const SCALES: [(usize, usize, u64); 3] = [(64, 64, 6), (128, 32, 2), (256, 8, 1)];
/// Networks of each scale.
const SEEDS: usize = 2;

impl Experiment for MultiScale {
    const QUESTION: &'static str = "Do three scales find more than one?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The same frames in three sizes, each decoded once.
        let look = |(side, ..): (usize, usize, u64)| Look::new(side, side, PixelFormat::Rgb);
        let looks = SCALES.into_iter().map(|scale| Ok(look(scale)?.with_scale(Scale::Signed)));
        let looks = looks.collect::<Result<Vec<_>>>()?;
        let stores = FrameStore::load_all(&data.train()?, &looks, FrameStore::BUDGET_BYTES, &mut progress)?;

        // 2. Two networks for each size; the latent vector is as long as the frame is wide.
        let (single, learned_from) =
            (WindowSpec::new(1, 1)?, WindowSpec::new(1, options.train_stride(1, 2))?);
        let mut scorers = Vec::new();
        for (store, (side, batch, on_street)) in stores.into_iter().zip(SCALES) {
            let look = store.look();
            let (learned, measured) = ClipSet::new(Arc::new(store), learned_from)?.split(0.1, 0)?;
            for seed in (options.seed..).take(SEEDS) {
                let config = ConvAeConfig { latent: side, ..ConvAeConfig::default() };
                let network = config.init::<Autodiff<B>>(learned.seen(), device)?;
                let learning = FitOptions::new(options.epochs(25, on_street), options.batch(batch, 8), 2e-4)
                    .with_patience(Patience { epochs: 5, delta: 1e-5 })
                    .with_keep(Keep::Best)
                    .with_seed(seed);
                let name = format!("{side} pixels, seed {seed}");
                let network = learn::<B, _>(
                    &name,
                    network,
                    &learned,
                    Some(&measured),
                    &learning,
                    device,
                    &mut progress,
                )?;
                let measure = Measure::new(Max).with_channels(Channels::Max);
                scorers.push(VideoScorer::new(network.freeze()?, ScoreOptions::new(look, single, measure))?);
            }
        }
        let scorers: Vec<&VideoScorer> = scorers.iter().collect();
        let scored = score_together(&data.test()?, &scorers, ReadAhead::new(), &mut progress)?;

        // 3. Each network brought to one range, averaged over seeds, fused over scales, smoothed.
        let clipped = |scores| after("percentile_clip(0, 99) | minmax", scores);
        let mean = |members: &[ScoreTable]| after("minmax", &Fusion::Mean.fuse(members)?);
        let members = scored.iter().map(clipped).collect::<Result<Vec<_>>>()?;
        let scales = members.chunks(SEEDS).map(mean).collect::<Result<Vec<_>>>()?;

        let mut table = Table::new(&data);
        for (how, documented) in [
            ("max", "0.6310"),
            ("weighted(0.2, 0.6, 0.2)", "0.6281"),
            ("weighted(0, 0, 1)", "0.6233"),
            ("mean", "0.6226"),
        ] {
            let fused = how.parse::<Fusion>()?.fuse(&scales)?;
            let scores = after("gaussian(sigma=3) per video | minmax", &fused)?;
            table.row(how, documented, &scores)?;
            if how == "max" {
                options.write(&scores)?;
            }
        }

        // 4. As the document tells it: no range before the fusion, smoothed before it.
        let told =
            |members: &[ScoreTable]| after("gaussian(sigma=3) per video", &Fusion::Mean.fuse(members)?);
        let told = scored.chunks(SEEDS).map(told).collect::<Result<Vec<_>>>()?;
        table.row("max, as the document tells it", "-", &Fusion::Max.fuse(&told)?)?;
        table.print()
    }
}

fn main() -> Result<()> {
    experiment::start::<MultiScale>()
}
