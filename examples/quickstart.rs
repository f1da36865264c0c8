//! From damaged videos to a checked submission: repairs flipped frames, trains two networks, learns how objects move, and
//! scores, fuses and evaluates the test videos.
//!
//! `cargo run --release --example quickstart -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `oddframe run quickstart.toml` does the same with the recipe next to this file.

mod experiment;

use anyhow::{Result, ensure};
use experiment::{
    Experiment, Options, Progress, Table, Training, as_sources, fit_flip_classifier, flip_back,
    post_process, run_experiment, score_in_one_pass,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions, Target,
};
use oddframe::core::{
    Filter, FrameInput, FrameSource, ModelFolder, PixelFormat, Scale, Scorer, System, WindowSpec,
};
use oddframe::frames::{Augment, BadFrameReplacer, NoiseUnit, UniformNoise, prepared};
use oddframe::models::{ConvAeConfig, CuboidAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::objects::{ObjectSettings, Objects};
use oddframe::post::Fusion;
use oddframe::score::{AnyPool, Channels, Max};
use oddframe::submit::{FileFormat, Ids, Schema, check_path, write_scores};
use oddframe::train::FitOptions;

struct Quickstart;

impl Experiment for Quickstart {
    const QUESTION: &'static str = "From damaged videos to a checked submission";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());

        // 1. Repair: the nearest readable frame replaces one that cannot be read, and test frames that are
        //    upside down are flipped back.
        let (normal, test): (Vec<_>, Vec<_>) = (
            data.train()?
                .into_iter()
                .map(BadFrameReplacer::new)
                .collect(),
            data.test()?
                .into_iter()
                .map(BadFrameReplacer::new)
                .collect(),
        );
        let normal = as_sources(&normal);
        let flip_options = FitOptions::new(options.epochs(2, 2), 32, 1e-3).with_seed(options.seed);
        let mut classifier =
            fit_flip_classifier::<B>(&normal, &flip_options, device, &mut progress)?;
        let truth = data.truth(&mut progress)?.flipped;
        let repaired = flip_back(test, &mut classifier, truth.as_ref(), &mut progress)?;

        // 2. The inputs of the two networks: cuboids of 16 gray frames, and single RGB frames. Every training
        //    frame is decoded once for both.
        let gray = FrameInput::new(64, 64, PixelFormat::Gray)?.with_filter(Filter::Antialiased);
        let rgb = FrameInput::new(64, 64, PixelFormat::Rgb)?
            .with_filter(Filter::Antialiased)
            .with_scale(Scale::Signed);
        let inputs = [gray, rgb];
        let store = FrameStore::load(&normal, &inputs, FrameStore::BUDGET_BYTES, &mut progress)?;
        let noise = UniformNoise::new(0.1373, 0.4, NoiseUnit::Cuboid)?;
        let cuboids = ClipSet::new(&store.sources(gray), gray, WindowSpec::new(16, 2)?)?
            .with_augment(Augment::new(options.seed).with_noise(noise), Target::Same);
        let frames = ClipSet::new(&store.sources(rgb), rgb, WindowSpec::new(1, 1)?)?;

        // 3. The networks, without a bottleneck, and their training.
        let config = CuboidAeConfig {
            channels: vec![32, 64],
            dropout: 0.0,
            ..CuboidAeConfig::default()
        };
        let cuboid = config.init::<Autodiff<B>>(cuboids.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(10, 10), 8, 2e-3).with_seed(options.seed);
        let training = Training::new("cuboids", fit_options);
        let cuboid = training.fit::<B, _>(cuboid, &cuboids, device, &mut progress)?;
        let config = ConvAeConfig {
            channels: vec![32, 64, 128],
            latent: 0,
            ..ConvAeConfig::default()
        };
        let frame = config.init::<Autodiff<B>>(frames.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(6, 6), 16, 2e-3).with_seed(options.seed);
        let training = Training::new("frames", fit_options);
        let frame = training.fit::<B, _>(frame, &frames, device, &mut progress)?;

        // 4. A system without a network, which learns what moves where, and how it looks. It sees the frames in their own size.
        let settings = ObjectSettings {
            seed: options.seed,
            ..ObjectSettings::default()
        };
        let objects = Objects::new(settings)?;
        let folder = tempfile::tempdir()?;
        let model = ModelFolder::create(folder.path())?;
        let mut videos = Vec::new();
        for video in &normal {
            videos.push(prepared(objects.input(), *video)?);
        }
        let videos: Vec<_> = videos.iter().map(AsRef::as_ref).collect();
        objects.fit(&videos, &model, &mut progress)?;

        // 5. Scores: the worst patch of the frames of a cuboid, the largest error of a single frame, and the rarity of what the
        //    objects do. Each test frame is decoded once for all of them.
        let patch = Measure::new("topk(patch=8, stride=4, k=1)".parse::<AnyPool>()?);
        let cuboid = NetworkScorer::new(
            cuboid.to_inference()?,
            ScoreOptions::new(gray, WindowSpec::new(16, 1)?, patch),
        )?;
        let largest = Measure::new(Max).with_channels(Channels::Max);
        let frame = NetworkScorer::new(
            frame.to_inference()?,
            ScoreOptions::new(rgb, WindowSpec::new(1, 1)?, largest),
        )?;
        let repaired = as_sources(&repaired);
        let scorers: Vec<Box<dyn Scorer>> =
            vec![Box::new(cuboid), Box::new(frame), objects.open(&model)?];
        let scored = score_in_one_pass(&repaired, scorers, &mut progress)?;

        // 6. Post-processing and fusion: all scores normalised, their mean smoothed.
        let cuboid = post_process("minmax | moving_average(5) per video", &scored[0])?;
        let frame = post_process("gaussian(sigma=3) per video | minmax", &scored[1])?;
        let objects = post_process("minmax", &scored[2])?;
        let fused = Fusion::Mean.fuse(&[cuboid.clone(), frame.clone(), objects.clone()])?;
        let fused = post_process("gaussian(sigma=3) per video | minmax", &fused)?;
        let mut table = Table::new(&data, &mut progress)?.with_repaired(repaired.clone());
        table.add_row("cuboids", "0.66881", &cuboid)?;
        table.add_row("frames, largest error", "0.6041", &frame)?;
        table.add_row("objects", "-", &objects)?;
        table.add_row("fused", "-", &fused)?;
        table.print()?;

        // 7. A submission: the file is written completely or not at all, and then checked against the frames
        //    that exist.
        options.write_output(&fused)?;
        let path = options.sibling_of_output("quickstart_submission.csv");
        write_scores(&path, &fused, &FileFormat::Submission(Schema::default()))?;
        let expected =
            Ids::from_videos(&repaired.iter().map(FrameSource::video).collect::<Vec<_>>())?;
        let report = check_path(&path, &Schema::default(), &expected)?;
        println!("\n{}: {report}", path.display());
        ensure!(report.is_valid(), "the submission is not valid");
        Ok(())
    }
}

fn main() -> Result<()> {
    run_experiment::<Quickstart>()
}
