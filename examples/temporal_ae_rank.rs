//! What does ranking the scores change? An autoencoder of 16 gray frames as the channels of one image, whose
//! scores are clipped, smoothed, rounded and ranked.
//!
//! `cargo run --release --example temporal_ae_rank -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `temporal_ae_rank.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, as_sources, fit_flip_classifier, flip_back,
    post_process, run_experiment, score_table,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions, Target,
};
use oddframe::core::{FrameInput, PixelFormat, WindowSpec};
use oddframe::frames::{Augment, NoiseUnit, UniformNoise, VerticalFlip};
use oddframe::models::{CuboidAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct TemporalAeRank;

impl Experiment for TemporalAeRank {
    const QUESTION: &'static str = "What does ranking the scores change?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.damaged_data()?, Progress::new());
        let normal = data.train()?;

        // 1. Test frames that are upside down are flipped back.
        let flip_options = FitOptions::new(options.epochs(5, 5), options.batch(64, 16), 1e-3)
            .with_seed(options.seed);
        let mut classifier =
            fit_flip_classifier::<B>(&normal, &flip_options, device, &mut progress)?;
        let truth = data.truth(&mut progress)?.flipped;
        let repaired = flip_back(data.test()?, &mut classifier, truth.as_ref(), &mut progress)?;

        // 2. The input of the network: cuboids of 16 gray frames. In training, some frames are noisy and some
        //    upside down.
        let input = FrameInput::new(128, 128, PixelFormat::Gray)?;
        let store = FrameStore::load(&normal, &[input], FrameStore::BUDGET_BYTES, &mut progress)?;
        let augment = Augment::new(options.seed)
            .with_noise(UniformNoise::new(0.15, 0.3, NoiseUnit::Frame)?)
            .with_flip(VerticalFlip::new(0.2, NoiseUnit::Frame)?);
        let clips = ClipSet::new(&store.sources(input), input, WindowSpec::new(16, 2)?)?
            .with_augment(augment, Target::Same);

        // 3. The network, without batch normalisation, and its training.
        let network = CuboidAeConfig::plain().init::<Autodiff<B>>(clips.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(40, 5), options.batch(32, 8), 1e-3)
            .with_seed(options.seed);
        let training = Training::new("autoencoder", fit_options);
        let network = training.fit::<B, _>(network, &clips, device, &mut progress)?;

        // 4. The score of a frame is the mean of its errors in all windows that contain it.
        let scoring = ScoreOptions::new(input, WindowSpec::new(16, 1)?, Measure::new(Mean));
        let scorer = NetworkScorer::new(network.to_inference()?, scoring)?;
        let raw = score_table(&as_sources(&repaired), scorer, &mut progress)?;

        // 5. The post-processing, step by step.
        let clipped = post_process("percentile_clip(0, 99.99)", &raw)?;
        let smooth = post_process("uniform(3) per video", &clipped)?;
        let rounded = post_process("round(6)", &smooth)?;
        let ranked = post_process("rank", &rounded)?;
        let mut table = Table::new(&data, &mut progress)?.with_repaired(as_sources(&repaired));
        for (name, scores) in [
            ("raw", &raw),
            ("clipped", &clipped),
            ("smoothed", &smooth),
            ("rounded", &rounded),
            ("ranked", &ranked),
        ] {
            table.add_row(
                name,
                if name == "ranked" { "no change" } else { "-" },
                scores,
            )?;
        }
        table.print()?;
        options.write_output(&ranked)
    }
}

fn main() -> Result<()> {
    run_experiment::<TemporalAeRank>()
}
