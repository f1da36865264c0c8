//! What should the first frame of a video get, which differs from none before it? An autoencoder of frame differences,
//! scored by its worst patch, under four policies.
//!
//! `cargo run --release --example frame_difference -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, after, learn};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together,
};
use oddframe::core::{EdgePolicy, Origin, PixelFormat, ScoreTable, VideoScores, WindowSpec};
use oddframe::frames::{FirstFrame, ReadAhead};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::AnyPool;
use oddframe::train::FitOptions;

struct FrameDifference;

impl Experiment for FrameDifference {
    const QUESTION: &'static str =
        "What should the first frame of a video get, which differs from none before it?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. Differences to the frame before: without the first frame, or with the second one's difference for it.
        let look = Look::new(128, 128, PixelFormat::Gray)?;
        let (dropped, reflected) =
            (look.with_difference(FirstFrame::Drop), look.with_difference(FirstFrame::Next));
        let single = WindowSpec::new(1, 1)?;
        let looks = [dropped, reflected];
        let stores = FrameStore::load_all(&data.train()?, &looks, FrameStore::BUDGET_BYTES, &mut progress)?;

        // 2. A network for each.
        let mut networks = Vec::new();
        for (store, name) in stores.into_iter().zip(["first frames dropped", "first frames reflected"]) {
            let clips = ClipSet::new(Arc::new(store), single)?;
            let network = ConvAeConfig::of_differences().init::<Autodiff<B>>(clips.seen(), device)?;
            let learning =
                FitOptions::new(options.epochs(5, 5), options.batch(32, 8), 1e-3).with_seed(options.seed);
            networks.push(learn::<B, _>(name, network, &clips, None, &learning, device, &mut progress)?);
        }

        // 3. The worst patch. Every frame of a video has a score: where there is none, the policy says which.
        let measure = Measure::new("topk(patch=16, stride=16, k=1)".parse::<AnyPool>()?);
        let scorer = |network: usize| -> Result<VideoScorer> {
            let scoring = ScoreOptions::new(looks[network], single, measure).with_edge(EdgePolicy::Nearest);
            Ok(VideoScorer::new(networks[network].freeze()?, scoring)?)
        };
        let (nearest, reflected) = (scorer(0)?, scorer(1)?);
        let zero = nearest.again(nearest.options().with_edge(EdgePolicy::Constant(0.0)))?;
        let scorers = [&zero, &nearest, &reflected];
        let scored = score_together(&data.test()?, &scorers, ReadAhead::new(), &mut progress)?;
        let scored = scored.iter().map(|scores| after("rank", scores)).collect::<Result<Vec<_>>>()?;

        let mut table = Table::new(&data);
        table.row("left out, as if it were not there", "0.20-0.35", &computed(&scored[0])?)?;
        table.row("0", "lower", &scored[0])?;
        table.row("the nearest score", "-", &scored[1])?;
        table.row("the second frame's difference", "-", &scored[2])?;
        table.print()?;
        options.write(&scored[1])
    }
}

/// The scores without the frames that no network saw.
fn computed(scores: &ScoreTable) -> Result<ScoreTable> {
    let videos = scores.videos().iter().map(|video| {
        let all = video.numbers().iter().zip(video.values()).zip(video.origins());
        let seen = all.filter(|(_, origin)| **origin != Origin::Constant).map(|(scored, _)| scored);
        let (numbers, values): (Vec<_>, Vec<_>) = seen.unzip();
        let origins = vec![Origin::Computed; values.len()];
        VideoScores::from_parts(video.id().clone(), numbers, values, origins)
    });
    Ok(ScoreTable::new(videos.collect::<Result<_, _>>()?)?)
}

fn main() -> Result<()> {
    experiment::start::<FrameDifference>()
}
