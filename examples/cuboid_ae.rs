//! How good is the best documented system? An autoencoder of 16 gray frames as the channels of one image,
//! with batch normalisation and channel dropout, trained with noise on 40% of the cuboids.
//!
//! `cargo run --release --example cuboid_ae -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `cuboid_ae.toml` is the recipe of the same experiment.

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
use oddframe::frames::{Augment, NoiseUnit, UniformNoise};
use oddframe::models::{CuboidAeConfig, Network};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct CuboidAe;

impl Experiment for CuboidAe {
    const QUESTION: &'static str = "How good is the best documented system?";

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

        // 2. The input of the network: cuboids of 16 gray frames. In training, 40% of them are noisy.
        let input = FrameInput::new(128, 128, PixelFormat::Gray)?;
        let store = FrameStore::load(&normal, &[input], FrameStore::BUDGET_BYTES, &mut progress)?;
        let noise = UniformNoise::new(0.1373, 0.4, NoiseUnit::Cuboid)?;
        let augment = Augment::new(options.seed).with_noise(noise);
        let clips = ClipSet::new(&store.sources(input), input, WindowSpec::new(16, 2)?)?
            .with_augment(augment, Target::Same);

        // 3. The network and its training.
        let network = CuboidAeConfig::default().init::<Autodiff<B>>(clips.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(25, 5), options.batch(32, 8), 1e-3)
            .with_weight_decay(1e-4)
            .with_seed(options.seed);
        let training = Training::new("autoencoder", fit_options);
        let network = training.fit::<B, _>(network, &clips, device, &mut progress)?;

        // 4. The score of a frame is the mean of its errors in all windows that contain it.
        let scoring = ScoreOptions::new(input, WindowSpec::new(16, 1)?, Measure::new(Mean));
        let scorer = NetworkScorer::new(network.to_inference()?, scoring)?;
        let raw = score_table(&as_sources(&repaired), scorer, &mut progress)?;
        let smooth = post_process("minmax | moving_average(5) per video", &raw)?;

        let mut table = Table::new(&data, &mut progress)?.with_repaired(as_sources(&repaired));
        table.add_row("raw", "-", &raw)?;
        table.add_row("moving average over 5 frames", "0.66881", &smooth)?;
        table.print()?;
        options.write_output(&smooth)
    }
}

fn main() -> Result<()> {
    run_experiment::<CuboidAe>()
}
