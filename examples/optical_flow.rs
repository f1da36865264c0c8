//! Does optical flow add to what colour shows? An autoencoder on colour, one on Farnebäck's flow, and their
//! scores fused in seven ways.
//!
//! `cargo run --release --example optical_flow -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `optical_flow.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, post_process, run_experiment, score_in_one_pass,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipScorer, ClipSet, Examples, FlowInput, FlowReader, FlowScorer, FlowStore, FrameStore,
    Measure, NetworkScorer, ScoreOptions,
};
use oddframe::core::{FrameInput, Gaps, PixelFormat, Scale, WindowSpec};
use oddframe::flow::{Farneback, FarnebackOptions};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::post::Fusion;
use oddframe::score::{Channels, Max};
use oddframe::train::{FitOptions, Keep, Patience};

struct OpticalFlow;

/// The ways of fusing both systems, colour first.
const FUSIONS: [&str; 7] = [
    "weighted(0.3, 0.7)",
    "weighted(0.4, 0.6)",
    "weighted(0.5, 0.5)",
    "weighted(0.6, 0.4)",
    "weighted(0.7, 0.3)",
    "max",
    "product",
];

impl Experiment for OpticalFlow {
    const QUESTION: &'static str = "Does optical flow add to what colour shows?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. What the two networks see: RGB frames from -1 to 1, and the flow between gray frames, clipped to
        //    20 pixels and divided by 20. Both are 128x128.
        let color = FrameInput::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let gray = FrameInput::new(128, 128, PixelFormat::Gray)?;
        let flow = FlowInput::new(gray, 128, 128)?.with_limit(20.0)?;
        let store = FrameStore::load(
            &data.train()?,
            &[color, gray],
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;

        // 2. The flow of the training videos is estimated once and kept in files until the training is done.
        //    The flow from one frame to the next belongs to the second, so the first frame of a video has none.
        let folder = tempfile::tempdir()?;
        let key = "farneback";
        let flows = FlowStore::fill(
            &store.sources(gray),
            flow,
            &mut flow_reader()?,
            folder.path(),
            key,
            &mut progress,
        )?;

        // 3. The same autoencoder for both, with three channels and with two. The score of a frame is its
        //    largest error. The first frame of a video gets the flow score of the second.
        let single = WindowSpec::new(1, 1)?;
        let measure = Measure::new(Max).with_channels(Channels::Max);
        let clips = ClipSet::new(&store.sources(color), color, single)?;
        let network = train_autoencoder::<B>("colour", clips, options, device, &mut progress)?;
        let of_color = NetworkScorer::new(network, ScoreOptions::new(color, single, measure))?;
        let clips = ClipSet::of_flow(&flows, single)?;
        let network = train_autoencoder::<B>("flow", clips, options, device, &mut progress)?;
        let scoring = ScoreOptions::of_flow(flow, single, measure);
        let of_flow = FlowScorer::new(network, flow_reader()?, key, scoring)?;
        let scored = score_in_one_pass(
            &data.test()?,
            vec![Box::new(of_color), Box::new(of_flow)],
            &mut progress,
        )?;

        // 4. Both are normalised before they are fused.
        let mut systems = Vec::new();
        for scores in &scored {
            systems.push(post_process("minmax", scores)?);
        }
        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("colour", "0.53", &systems[0])?;
        table.add_row("flow", "-", &systems[1])?;
        for how in FUSIONS {
            let fused = how.parse::<Fusion>()?.fuse(&systems)?;
            let documented = if how == "weighted(0.5, 0.5)" {
                options.write_output(&fused)?;
                "0.31"
            } else {
                "-"
            };
            table.add_row(how, documented, &fused)?;
        }
        table.print()
    }
}

/// Trains an autoencoder on clips of single images. A tenth of the clips is kept for validation.
fn train_autoencoder<B: Kernels>(
    name: &str,
    clips: ClipSet<'_>,
    options: &Options,
    device: &B::Device,
    progress: &mut Progress,
) -> Result<Box<dyn ClipScorer>> {
    let (training_clips, validation_clips) = clips.split(0.1, 0)?;
    let network =
        ConvAeConfig::default().init::<Autodiff<B>>(training_clips.input_shape(), device)?;
    let fit_options = FitOptions::new(options.epochs(25, 3), options.batch(32, 8), 2e-4)
        .with_patience(Patience {
            epochs: 5,
            delta: 1e-5,
        })
        .with_keep(Keep::Best)
        .with_seed(options.seed);
    let training = Training::new(name, fit_options).with_validation(&validation_clips);
    let network = training.fit::<B, _>(network, &training_clips, device, progress)?;
    Ok(network.to_inference()?)
}

/// Farnebäck's method with the documented options, which are the defaults.
fn flow_reader() -> Result<FlowReader> {
    let method = Farneback::new(FarnebackOptions::default())?;
    Ok(FlowReader::new(Box::new(method), Gaps::Span))
}

fn main() -> Result<()> {
    run_experiment::<OpticalFlow>()
}
