//! From damaged videos to a checked submission: flips repaired, two networks trained, scored, fused and evaluated.
//!
//! `cargo run --release --example quickstart -- [--data DIR] [--device flex] [--epochs N]`. `oddframe run` does the same:
//! its recipe is beside this file.

mod experiment;

use std::sync::Arc;

use anyhow::{Result, ensure};
use experiment::{Experiment, Options, Progress, Table, after, learn, sources, upright};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Look, Measure, ScoreOptions, Target, VideoScorer, score_together,
};
use oddframe::core::{FrameSource, PixelFormat, WindowSpec};
use oddframe::frames::{Augment, Each, Filter, Mended, ReadAhead, Scale, UniformNoise};
use oddframe::models::{ConvAeConfig, CuboidAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::post::Fusion;
use oddframe::score::{AnyPool, Channels, Max};
use oddframe::submit::{FileFormat, Ids, Schema, check_path, write_scores};
use oddframe::train::FitOptions;

struct Quickstart;

impl Experiment for Quickstart {
    const QUESTION: &'static str = "From damaged videos to a checked submission";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());

        // 1. Repair: the nearest frame stands in for one that cannot be read; test frames upside down are turned back.
        let (normal, test): (Vec<_>, Vec<_>) = (
            data.train()?.into_iter().map(Mended::new).collect(),
            data.test()?.into_iter().map(Mended::new).collect(),
        );
        let normal = sources(&normal);
        let flips = FitOptions::new(options.epochs(2, 2), 32, 1e-3).with_seed(options.seed);
        let truth = data.truth().flipped.as_ref();
        let repaired = upright::<B, _>(&normal, test, &flips, truth, device, &mut progress)?;

        // 2. What the two networks see: cuboids of 16 gray frames, and single frames in colour.
        let gray = Look::new(64, 64, PixelFormat::Gray)?.with_filter(Filter::Antialiased);
        let colour =
            Look::new(64, 64, PixelFormat::Rgb)?.with_filter(Filter::Antialiased).with_scale(Scale::Signed);
        let mut stores =
            FrameStore::load_all(&normal, &[gray, colour], FrameStore::BUDGET_BYTES, &mut progress)?
                .into_iter()
                .map(Arc::new);
        let (Some(gray_frames), Some(frames)) = (stores.next(), stores.next()) else { return Ok(()) };
        let noise = UniformNoise::new(0.1373, 0.4, Each::Cuboid)?;
        let cuboids = ClipSet::new(gray_frames, WindowSpec::new(16, 2)?)?
            .with_augment(Augment::new(options.seed).with_noise(noise), Target::Same);
        let frames = ClipSet::new(frames, WindowSpec::new(1, 1)?)?;

        // 3. The networks, without a narrow middle, and how they learn.
        let config = CuboidAeConfig { channels: vec![32, 64], dropout: 0.0, ..CuboidAeConfig::default() };
        let cuboid = config.init::<Autodiff<B>>(cuboids.seen(), device)?;
        let learning = FitOptions::new(options.epochs(10, 10), 8, 2e-3).with_seed(options.seed);
        let cuboid = learn::<B, _>("cuboids", cuboid, &cuboids, None, &learning, device, &mut progress)?;
        let config = ConvAeConfig { channels: vec![32, 64, 128], latent: 0, ..ConvAeConfig::default() };
        let frame = config.init::<Autodiff<B>>(frames.seen(), device)?;
        let learning = FitOptions::new(options.epochs(6, 6), 16, 2e-3).with_seed(options.seed);
        let frame = learn::<B, _>("frames", frame, &frames, None, &learning, device, &mut progress)?;

        // 4. The worst patch of a cuboid's frames, and a frame's largest error. Each test frame is decoded once.
        let patch = Measure::new("topk(patch=8, stride=4, k=1)".parse::<AnyPool>()?);
        let cuboid =
            VideoScorer::new(cuboid.freeze()?, ScoreOptions::new(gray, WindowSpec::new(16, 1)?, patch))?;
        let largest = Measure::new(Max).with_channels(Channels::Max);
        let frame =
            VideoScorer::new(frame.freeze()?, ScoreOptions::new(colour, WindowSpec::new(1, 1)?, largest))?;
        let repaired = sources(&repaired);
        let scored = score_together(&repaired, &[&cuboid, &frame], ReadAhead::new(), &mut progress)?;

        // 5. Both brought to one range, their mean smoothed.
        let cuboid = after("minmax | moving_average(5) per video", &scored[0])?;
        let frame = after("gaussian(sigma=3) per video | minmax", &scored[1])?;
        let fused = Fusion::Mean.fuse(&[cuboid.clone(), frame.clone()])?;
        let fused = after("gaussian(sigma=3) per video | minmax", &fused)?;
        let mut table = Table::of_repaired(&data, repaired.clone());
        table.row("cuboids", "0.66881", &cuboid)?;
        table.row("frames, largest error", "0.6041", &frame)?;
        table.row("fused", "-", &fused)?;
        table.print()?;

        // 6. A submission: written whole or not at all, then checked against the frames that exist.
        options.write(&fused)?;
        let path = options.beside("quickstart_submission.csv");
        write_scores(&path, &fused, &FileFormat::Submission(Schema::default()))?;
        let expected = Ids::from_videos(&repaired.iter().map(FrameSource::video).collect::<Vec<_>>())?;
        let report = check_path(&path, &Schema::default(), &expected)?;
        println!("\n{}: {report}", path.display());
        ensure!(report.is_valid(), "the submission is not valid");
        Ok(())
    }
}

fn main() -> Result<()> {
    experiment::start::<Quickstart>()
}
