//! Does a denoising network detect more, and how much should its scores be smoothed? Two networks that
//! reconstruct clean cuboids from noisy ones, each smoothed with two window lengths.
//!
//! `cargo run --release --example denoising_ae -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `denoising_ae.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, as_sources, fit_flip_classifier, flip_back,
    post_process, run_experiment, score_tables,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, Examples, FrameStore, Measure, NetworkScorer, ScoreOptions, Target,
};
use oddframe::core::{FrameInput, PixelFormat, WindowSpec};
use oddframe::frames::{Augment, NoiseUnit, UniformNoise};
use oddframe::models::{DenoisingAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct DenoisingAe;

impl Experiment for DenoisingAe {
    const QUESTION: &'static str =
        "Does a denoising network detect more, and how much should its scores be smoothed?";

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

        // 2. The input of every training cuboid has noise of up to 40 of 255; its target is the clean cuboid.
        let input = FrameInput::new(128, 128, PixelFormat::Gray)?;
        let store = FrameStore::load(&normal, &[input], FrameStore::BUDGET_BYTES, &mut progress)?;
        let noise = UniformNoise::new(0.15686, 1.0, NoiseUnit::Cuboid)?;
        let augment = Augment::new(options.seed).with_noise(noise);
        let clips = ClipSet::new(&store.sources(input), input, WindowSpec::new(16, 2)?)?
            .with_augment(augment, Target::Clean);

        // 3. The network as it was run, and as the document describes it: with the layers of the cuboid
        //    autoencoder.
        let scoring = ScoreOptions::new(input, WindowSpec::new(16, 1)?, Measure::new(Mean));
        let mut scorers = Vec::new();
        for (name, config) in [
            ("as run", DenoisingAeConfig::default()),
            ("as described", DenoisingAeConfig::described()),
        ] {
            let network = config.init::<Autodiff<B>>(clips.input_shape(), device)?;
            let fit_options = FitOptions::new(options.epochs(25, 3), options.batch(32, 8), 1e-3)
                .with_seed(options.seed);
            let training = Training::new(name, fit_options);
            let network = training.fit::<B, _>(network, &clips, device, &mut progress)?;
            scorers.push(NetworkScorer::new(network.to_inference()?, scoring)?);
        }
        let scored = score_tables(&as_sources(&repaired), scorers, &mut progress)?;

        // 4. Test frames get no noise. Their scores are clipped and averaged over 5 or 15 frames.
        let mut table = Table::new(&data, &mut progress)?.with_repaired(as_sources(&repaired));
        for (name, raw) in ["as run", "as described"].into_iter().zip(&scored) {
            for window in [5, 15] {
                let steps = format!("percentile_clip(1, 100) | moving_average({window}) per video");
                let scores = post_process(&steps, raw)?;
                let documented = if window == 15 { "better" } else { "-" };
                table.add_row(
                    &format!("{name}, moving average over {window} frames"),
                    documented,
                    &scores,
                )?;
                if (name, window) == ("as run", 15) {
                    options.write_output(&scores)?;
                }
            }
        }
        table.print()
    }
}

fn main() -> Result<()> {
    run_experiment::<DenoisingAe>()
}
