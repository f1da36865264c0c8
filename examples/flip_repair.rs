//! What is it worth to turn frames back that are upside down? One autoencoder on damaged test videos, before and after.
//!
//! `cargo run --release --example flip_repair -- [--data DIR] [--device flex] [--epochs N]`; the recipe is beside it.

mod experiment;

use std::sync::Arc;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, learn, sources};
use oddframe::burn::backend::Autodiff;
use oddframe::burn::module::AutodiffModule;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, VideoScorer, score_together,
};
use oddframe::core::{PixelFormat, WindowSpec};
use oddframe::flip::{FlipConfig, FlipJudge, FlipReport, Upright, UprightOptions, decide, fit_flip_net};
use oddframe::frames::{ReadAhead, Scale};
use oddframe::models::{ConvAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::{Channels, Max, Mean};
use oddframe::train::{FitOptions, Keep, Patience};

struct FlipRepair;

impl Experiment for FlipRepair {
    const QUESTION: &'static str = "What is it worth to turn frames back that are upside down?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());
        let (normal, test) = (data.train()?, data.test()?);

        // 1. A classifier learns what upside down is: normal frames as they are, and turned over.
        let learning =
            FitOptions::new(options.epochs(5, 5), options.batch(64, 16), 1e-3).with_seed(options.seed);
        let config = FlipConfig::default();
        let devices = [device.clone()];
        let fitted = fit_flip_net::<Autodiff<B>>(&config, &normal, &learning, &devices, None, &mut progress)?;

        // 2. It looks at every test frame, once; what it takes for upside down is turned back whenever it is read.
        let mut judge = FlipJudge::new(&fitted.model.valid())?;
        let decisions = decide(&test, &mut judge, UprightOptions::new(), &mut progress)?;
        if let Some(truth) = &data.truth().flipped {
            println!("flips: {}", FlipReport::new(&decisions, truth)?);
        }
        let repaired = test.iter().zip(decisions);
        let repaired = repaired.map(|(video, decisions)| Upright::with_decisions(*video, decisions));
        let repaired = repaired.collect::<Result<Vec<_>, _>>()?;

        // 3. An autoencoder of single frames that knows nothing of all this.
        let look = Look::new(128, 128, PixelFormat::Rgb)?.with_scale(Scale::Signed);
        let frames = Arc::new(FrameStore::load(&normal, look, &mut progress)?);
        let single = WindowSpec::new(1, 1)?;
        let (learned, measured) = ClipSet::new(frames, single)?.split(0.1, 0)?;
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

        // 4. The same network and scoring, before and after.
        let scoring = ScoreOptions::new(look, single, Measure::new(Mean));
        let mean = VideoScorer::new(network.freeze()?, scoring)?;
        let max = mean.again(scoring.with_measure(Measure::new(Max).with_channels(Channels::Max)))?;
        let before = score_together(&test, &[&mean, &max], ReadAhead::new(), &mut progress)?;
        let after = score_together(&sources(&repaired), &[&mean, &max], ReadAhead::new(), &mut progress)?;

        let mut table = Table::of_repaired(&data, sources(&repaired));
        table.row("mean error, as the videos are", "lower", &before[0])?;
        table.row("mean error, turned back", "higher", &after[0])?;
        table.row("largest error, as the videos are", "lower", &before[1])?;
        table.row("largest error, turned back", "higher", &after[1])?;
        table.print()?;
        options.write(&after[0])
    }
}

fn main() -> Result<()> {
    experiment::start::<FlipRepair>()
}
