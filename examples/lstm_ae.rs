//! Does colour help an LSTM that reads frames as rows of pixels? Sequences of ten frames there and back.
//!
//! `cargo run --release --example lstm_ae -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, after, learn};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together,
};
use oddframe::core::{Align, PixelFormat, WindowSpec};
use oddframe::frames::ReadAhead;
use oddframe::models::{LstmAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct LstmAe;

impl Experiment for LstmAe {
    const QUESTION: &'static str = "Does colour help an LSTM that reads frames as rows of pixels?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The same small frames in colour and in gray, each decoded once; a sequence scores its centre frame.
        let looks = [Look::new(64, 64, PixelFormat::Rgb)?, Look::new(64, 64, PixelFormat::Gray)?];
        let windows = |stride| Ok::<_, anyhow::Error>(WindowSpec::new(10, stride)?.with_align(Align::Centre));
        let stores = FrameStore::load_all(&data.train()?, &looks, FrameStore::BUDGET_BYTES, &mut progress)?;

        // 2. A network for each.
        let mut scorers = Vec::new();
        for (store, name) in stores.into_iter().zip(["colour", "gray"]) {
            let look = store.look();
            let clips = ClipSet::new(Arc::new(store), windows(options.train_stride(1, 2))?)?;
            let network = LstmAeConfig::default().init::<Autodiff<B>>(clips.seen(), device)?;
            let learning = FitOptions::new(options.epochs(15, 2), 8, 1e-3).with_seed(options.seed);
            let network = learn::<B, _>(name, network, &clips, None, &learning, device, &mut progress)?;
            let scoring = ScoreOptions::new(look, windows(1)?, Measure::new(Mean));
            scorers.push(VideoScorer::new(network.freeze()?, scoring)?);
        }
        let scorers: Vec<&VideoScorer> = scorers.iter().collect();
        let scored = score_together(&data.test()?, &scorers, ReadAhead::new(), &mut progress)?;

        // 3. The mean of seven frames, each video brought to one range.
        let steps = "rolling(7) per video | minmax per video";
        let (colour, gray) = (after(steps, &scored[0])?, after(steps, &scored[1])?);
        let mut table = Table::new(&data);
        table.row("gray", "tried", &gray)?;
        table.row("colour", "0.58", &colour)?;
        table.row(
            "colour, range over all videos",
            "-",
            &after("rolling(7) per video | minmax", &scored[0])?,
        )?;
        table.print()?;
        options.write(&colour)
    }
}

fn main() -> Result<()> {
    experiment::start::<LstmAe>()
}
