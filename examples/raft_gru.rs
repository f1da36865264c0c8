//! Does the error of predicted motion detect anomalies? A recurrent network predicts the next optical flow from
//! eight. The first nine frames of a video have no prediction: two policies for their scores.
//!
//! The documented experiment estimates flow with RAFT, a network with pretrained weights. Here Dense Inverse
//! Search takes its place; the recipe names RAFT's weights with `flow = "raft"` and `raft_weights = "PATH"`.
//!
//! `cargo run --release --example raft_gru -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `raft_gru.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, post_process, run_experiment, score_in_one_pass,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FlowInput, FlowReader, FlowScorer, FlowStore, FrameStore, Measure,
    ScoreOptions,
};
use oddframe::core::{Align, EdgePolicy, FrameInput, Gaps, PixelFormat, Scorer, WindowSpec};
use oddframe::flow::{Dis, DisOptions};
use oddframe::models::{GruPredictorConfig, Network};
use oddframe::nn::{Kernels, Reconstruct};
use oddframe::score::{Channels, RootSum};
use oddframe::train::FitOptions;

struct RaftGru;

impl Experiment for RaftGru {
    const QUESTION: &'static str = "Does the error of predicted motion detect anomalies?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The flow between gray frames of 256x144, resized to 64x64. The vectors keep their length.
        let frames = FrameInput::new(256, 144, PixelFormat::Gray)?;
        let flow = FlowInput::new(frames, 64, 64)?;
        let store = FrameStore::load(
            &data.train()?,
            &[frames],
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;
        let folder = tempfile::tempdir()?;
        let key = "dis";
        let flows = FlowStore::fill(
            &store.sources(frames),
            flow,
            &mut flow_reader()?,
            folder.path(),
            key,
            &mut progress,
        )?;

        // 2. A clip has nine flows. The network sees the first eight and predicts the last. The flow from one
        //    frame to the next belongs to the second: frame 9 is the first with a prediction.
        let windows = WindowSpec::new(9, 1)?.with_align(Align::Last);
        let clips = ClipSet::of_flow(&flows, windows)?;
        let network =
            GruPredictorConfig::default().init::<Autodiff<B>>(clips.input_shape(), device)?;
        let clips = clips.with_predicted_frames(network.predicted_frames(9))?;
        let fit_options = FitOptions::new(options.epochs(8, 3), options.batch(64, 16), 1e-3)
            .with_seed(options.seed);
        let training = Training::new("predictor", fit_options);
        let network = training.fit::<B, _>(network, &clips, device, &mut progress)?;

        // 3. The score is the L2 norm of the error. Frames without a prediction get the score 0, as
        //    documented, or that of the nearest frame.
        let measure = Measure::new(RootSum).with_channels(Channels::Sum);
        let scoring = ScoreOptions::of_flow(flow, windows, measure);
        let mut scorers: Vec<Box<dyn Scorer>> = Vec::new();
        for edge in [EdgePolicy::Constant(0.0), EdgePolicy::Nearest] {
            let network = network.to_inference()?;
            let scorer = FlowScorer::new(network, flow_reader()?, key, scoring.with_edge(edge))?;
            // Equal keys: the flow is estimated once, and the network runs once for both.
            scorers.push(Box::new(scorer.with_model_key("predictor")));
        }
        let scored = score_in_one_pass(&data.test()?, scorers, &mut progress)?;

        // 4. A moving average over seven frames with zeros outside the video, normalised over all videos.
        let steps = "moving_average(7) per video | minmax";
        let zero = post_process(steps, &scored[0])?;
        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("first frames 0", "-", &zero)?;
        table.add_row("nearest score", "-", &post_process(steps, &scored[1])?)?;
        table.add_row("nearest score, not smoothed", "-", &scored[1])?;
        table.print()?;
        options.write_output(&zero)
    }
}

/// Dense Inverse Search with its defaults.
fn flow_reader() -> Result<FlowReader> {
    let method = Dis::new(DisOptions::default())?;
    Ok(FlowReader::new(Box::new(method), Gaps::Span))
}

fn main() -> Result<()> {
    run_experiment::<RaftGru>()
}
