//! Which score should the first frame of a video get, which has no difference from a frame before it? An
//! autoencoder of frame differences, scored by its worst patch, under four policies.
//!
//! `cargo run --release --example frame_difference -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `frame_difference.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, post_process, run_experiment, score_tables,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions};
use oddframe::core::{
    EdgePolicy, FirstFrame, FrameInput, Origin, PixelFormat, ScoreTable, VideoScores, WindowSpec,
};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::AnyPool;
use oddframe::train::FitOptions;

struct FrameDifference;

impl Experiment for FrameDifference {
    const QUESTION: &'static str = "Which score should the first frame of a video get, which has no difference from a frame before it?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The inputs: differences from the frame before. The first frame is left out, or it shows the
        //    difference of the second.
        let input = FrameInput::new(128, 128, PixelFormat::Gray)?;
        let (dropped, reflected) = (
            input.with_difference(FirstFrame::Drop),
            input.with_difference(FirstFrame::Next),
        );
        let single = WindowSpec::new(1, 1)?;
        let inputs = [dropped, reflected];
        let store = FrameStore::load(
            &data.train()?,
            &inputs,
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;

        // 2. A network for each input, scored by its worst patch. A frame that the network does not score
        //    gets the score of the nearest frame.
        let measure = Measure::new("topk(patch=16, stride=16, k=1)".parse::<AnyPool>()?);
        let mut scorers = Vec::new();
        for (input, name) in inputs
            .into_iter()
            .zip(["first frames dropped", "first frames reflected"])
        {
            let clips = ClipSet::new(&store.sources(input), input, single)?;
            let network =
                ConvAeConfig::of_differences().init::<Autodiff<B>>(clips.input_shape(), device)?;
            let fit_options = FitOptions::new(options.epochs(5, 5), options.batch(32, 8), 1e-3)
                .with_seed(options.seed);
            let training = Training::new(name, fit_options);
            let network = training.fit::<B, _>(network, &clips, device, &mut progress)?;
            let scoring = ScoreOptions::new(input, single, measure).with_edge(EdgePolicy::Nearest);
            scorers.push(NetworkScorer::new(network.to_inference()?, scoring)?);
        }

        // 3. The first network once more, with the score 0 for the first frame.
        let zero = scorers[0].options().with_edge(EdgePolicy::Constant(0.0));
        scorers.push(scorers[0].with_options(zero)?);
        let mut ranked = Vec::new();
        for scores in score_tables(&data.test()?, scorers, &mut progress)? {
            ranked.push(post_process("rank", &scores)?);
        }
        let [nearest, reflected, zero] = &ranked[..] else {
            unreachable!("there are three scorers")
        };

        let mut table = Table::new(&data, &mut progress)?;
        table.add_row(
            "left out of the evaluation",
            "0.20-0.35",
            &without_constants(zero)?,
        )?;
        table.add_row("0", "lower", zero)?;
        table.add_row("the nearest score", "-", nearest)?;
        table.add_row("the score of the second frame's difference", "-", reflected)?;
        table.print()?;
        options.write_output(nearest)
    }
}

/// The scores without the frames that no network scored.
fn without_constants(scores: &ScoreTable) -> Result<ScoreTable> {
    let mut videos = Vec::new();
    for video in scores.videos() {
        let (mut numbers, mut values) = (Vec::new(), Vec::new());
        for ((number, value), origin) in video
            .numbers()
            .iter()
            .zip(video.values())
            .zip(video.origins())
        {
            if *origin != Origin::Constant {
                numbers.push(*number);
                values.push(*value);
            }
        }
        let origins = vec![Origin::Computed; values.len()];
        videos.push(VideoScores::from_parts(
            video.id().clone(),
            numbers,
            values,
            origins,
        )?);
    }
    Ok(ScoreTable::new(videos)?)
}

fn main() -> Result<()> {
    run_experiment::<FrameDifference>()
}
