//! Does training with noisy cuboids help when test frames are noisy? A network trained with noise on 40% of
//! the cuboids, compared with one trained without noise.
//!
//! `cargo run --release --example noise_augmentation -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `noise_augmentation.toml` is the recipe of the same experiment.

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
use oddframe::models::{CuboidAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct NoiseAugmentation;

impl Experiment for NoiseAugmentation {
    const QUESTION: &'static str =
        "Does training with noisy cuboids help when test frames are noisy?";

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

        // 2. The training clips: cuboids of 16 gray frames, clean or with noise on 40% of them. The target of
        //    a noisy cuboid is the noisy cuboid.
        let input = FrameInput::new(128, 128, PixelFormat::Gray)?;
        let store = FrameStore::load(&normal, &[input], FrameStore::BUDGET_BYTES, &mut progress)?;
        let clean = ClipSet::new(&store.sources(input), input, WindowSpec::new(16, 2)?)?;
        let noise = UniformNoise::new(0.1373, 0.4, NoiseUnit::Cuboid)?;
        let noisy = clean
            .clone()
            .with_augment(Augment::new(options.seed).with_noise(noise), Target::Same);

        // 3. A network for each; nothing else differs.
        let scoring = ScoreOptions::new(input, WindowSpec::new(16, 1)?, Measure::new(Mean));
        let mut scorers = Vec::new();
        for (name, clips) in [
            ("trained with noise", &noisy),
            ("trained without noise", &clean),
        ] {
            let network =
                CuboidAeConfig::default().init::<Autodiff<B>>(clips.input_shape(), device)?;
            let fit_options = FitOptions::new(options.epochs(25, 3), options.batch(32, 8), 1e-3)
                .with_weight_decay(1e-4)
                .with_seed(options.seed);
            let training = Training::new(name, fit_options);
            let network = training.fit::<B, _>(network, clips, device, &mut progress)?;
            scorers.push(NetworkScorer::new(network.to_inference()?, scoring)?);
        }

        // 4. Both score the same test frames, some of which are noisy.
        let scored = score_tables(&as_sources(&repaired), scorers, &mut progress)?;
        let steps = "minmax | moving_average(5) per video";
        let (noisy, clean) = (
            post_process(steps, &scored[0])?,
            post_process(steps, &scored[1])?,
        );

        let mut table = Table::new(&data, &mut progress)?.with_repaired(as_sources(&repaired));
        table.add_row("trained without noise", "lower", &clean)?;
        table.add_row("trained with noise", "0.66881", &noisy)?;
        table.print()?;
        options.write_output(&noisy)
    }
}

fn main() -> Result<()> {
    run_experiment::<NoiseAugmentation>()
}
