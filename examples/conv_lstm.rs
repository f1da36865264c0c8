//! Does the error of foretelling tell more than that of reconstructing? The next frame from eight, and what the first
//! eight frames of a video should get, which nothing foretells.
//!
//! `cargo run --release --example conv_lstm -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, learn};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together};
use oddframe::core::{
    Align, EdgePolicy, FrameSource, Origin, PixelFormat, ScoreTable, VideoScores, WindowSpec,
};
use oddframe::frames::{ReadAhead, Scale};
use oddframe::models::{ConvLstmPredictorConfig, Network};
use oddframe::nn::{ErrorMapper, Kernels};
use oddframe::score::{Channels, Max, Mean};
use oddframe::train::{FitOptions, Keep, Patience};

struct ConvLstm;

impl Experiment for ConvLstm {
    const QUESTION: &'static str =
        "Does the error of foretelling a frame tell more than that of reconstructing it?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. A clip is nine frames. The network sees the first eight of them and is to give the last.
        let look = Look::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let windows = |stride| Ok::<_, anyhow::Error>(WindowSpec::new(9, stride)?.with_align(Align::Last));
        let network = ConvLstmPredictorConfig::default().init::<Autodiff<B>>(look.clip(9), device)?;
        let frames = Arc::new(FrameStore::load(&data.train()?, look, &mut progress)?);
        let clips = ClipSet::new(frames, windows(options.train_stride(1, 4))?)?
            .with_explained(network.explained(9))?;
        let (learned, measured) = clips.split(0.1, 0)?;

        // 2. How it learns.
        let learning = FitOptions::new(options.epochs(25, 2), options.batch(16, 8), 2e-4)
            .with_patience(Patience { epochs: 5, delta: 1e-5 })
            .with_keep(Keep::Best)
            .with_seed(options.seed);
        let network =
            learn::<B, _>("predictor", network, &learned, Some(&measured), &learning, device, &mut progress)?;

        // 3. The first eight frames get 0, as they did.
        let scoring = ScoreOptions::new(look, windows(1)?, Measure::new(Mean));
        let scoring = scoring.with_edge(EdgePolicy::Constant(0.0)).with_batch(4);
        let mean = VideoScorer::new(network.freeze()?, scoring)?;
        let max = mean.again(scoring.with_measure(Measure::new(Max).with_channels(Channels::Max)))?;
        let scored = score_together(&data.test()?, &[&mean, &max], ReadAhead::new(), &mut progress)?;

        // 4. Or they get the nearest score.
        let nearest = with_nearest(&data.test()?, &scored[1])?;

        let mut table = Table::new(&data);
        table.row("mean error, first frames 0", "0.41-0.45", &scored[0])?;
        table.row("largest error, first frames 0", "0.41-0.45", &scored[1])?;
        table.row("largest error, nearest score", "-", &nearest)?;
        table.print()?;
        options.write(&scored[1])
    }
}

/// The scores with the nearest one in place of a constant.
fn with_nearest(videos: &[&dyn FrameSource], scores: &ScoreTable) -> Result<ScoreTable> {
    let completed = videos.iter().filter_map(|video| {
        let scores = scores.video(video.id())?;
        let all = scores.values().iter().copied().enumerate().zip(scores.origins());
        let foretold = all.filter(|(_, origin)| **origin != Origin::Constant).map(|(score, _)| score);
        Some(VideoScores::complete(video.video(), foretold, EdgePolicy::Nearest))
    });
    Ok(ScoreTable::new(completed.collect::<Result<_, _>>()?)?)
}

fn main() -> Result<()> {
    experiment::start::<ConvLstm>()
}
