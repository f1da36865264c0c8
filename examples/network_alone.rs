//! The networks without the rest of the library: built in code, trained on patterns, saved and loaded again.
//!
//! `cargo run --release --example network_alone`

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use oddframe::burn::backend::{Autodiff, Flex, flex::FlexDevice};
use oddframe::burn::module::AutodiffModule;
use oddframe::clips::Examples;
use oddframe::core::{ClipShape, Error, Random, Silent};
use oddframe::models::{ConvAe, ConvAeConfig, ConvLstmPredictor, ConvLstmPredictorConfig, Network};
use oddframe::models::{Error as BuildError, Unet, UnetConfig};
use oddframe::nn::{self, ClipLoss, WeightNames, WeightProblem, load_weights, save_weights};
use oddframe::train::{FitOptions, StopReason, Trainer};

/// Burn's CPU backend with gradients, for training. Inference runs on `Flex` itself.
type Train = Autodiff<Flex>;

/// What is normal here: clips of waves that drift to the right by a pixel per frame, with values in [-1, 1].
struct Waves(ClipShape);

impl Examples for Waves {
    fn len(&self) -> usize {
        48
    }
    fn input_shape(&self) -> ClipShape {
        self.0
    }
    fn target_shape(&self) -> ClipShape {
        clip_of(1)
    }
    fn write_example(
        &self,
        _: u64,
        n: usize,
        clip: &mut [f32],
        last: &mut [f32],
    ) -> Result<(), Error> {
        // A random stream for each example: it is the same in every epoch and on every thread.
        let mut random = Random::stream(1, &[n as u64]);
        let (wavelength, phase) = (random.between(4.0, 12.0), random.between(0.0, TAU));
        for (at, value) in clip.iter_mut().enumerate() {
            let (frame, column) = (at / self.0.frame_values(), at % self.0.width);
            *value = (phase + TAU * (column as f64 - frame as f64) / wavelength).sin() as f32;
        }
        // The target is the last frame: of a clip of one frame, the frame itself.
        last.copy_from_slice(&clip[clip.len() - last.len()..]);
        Ok(())
    }
}

fn clip_of(frames: usize) -> ClipShape {
    ClipShape {
        frames,
        channels: 1,
        height: 16,
        width: 16,
    }
}

/// What a network makes of the first clip. Its inference form works on plain slices.
fn run_network(network: &impl Network<Flex>) -> Result<Vec<f32>> {
    let waves = Waves(network.clip_shape());
    let mut clip = vec![0.0; waves.0.frames * waves.0.frame_values()];
    let mut output = vec![0.0; waves.0.frame_values()];
    waves.write_example(0, 0, &mut clip, &mut output)?;
    network.to_inference()?.reconstruct(&clip, 1, &mut output)?;
    Ok(output)
}

/// Trains a network for three epochs, saves its weights, and compares it with a new network that loads them.
fn train_and_reload<N>(
    build: impl Fn() -> Result<N, BuildError>,
    waves: &Waves,
    folder: &Path,
) -> Result<PathBuf>
where
    N: AutodiffModule<Train, InnerModule: Network<Flex>> + ClipLoss<Train> + 'static,
{
    let options = FitOptions::new(3, 8, 2e-3).with_seed(1);
    let fitted =
        Trainer::<Train>::new(options, &[FlexDevice])?.fit(build()?, waves, &mut Silent)?;
    ensure!(fitted.stop_reason == StopReason::AllEpochs);
    let losses: Vec<f64> = fitted.epochs.iter().map(|epoch| epoch.train).collect();
    let trained = fitted.model.valid(); // the network without gradients
    let (kind, parameters) = (trained.kind(), trained.parameter_count());
    println!("{kind}: {parameters} parameters, losses {losses:.3?}");
    ensure!(losses[2] < losses[0], "the loss did not fall");

    let file = folder.join(format!("{kind}.safetensors"));
    save_weights(&trained, &file)?;
    let loaded = load_weights(build()?.valid(), &file, &WeightNames::new())?;
    ensure!(
        run_network(&loaded)? == run_network(&trained)?,
        "the loaded network differs"
    );
    Ok(file)
}

fn main() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("network_alone-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (device, channels, latent) = (FlexDevice, vec![8, 16], 16);

    // 1. Two autoencoders of single frames. `init` draws new weights with each call.
    let frames = Waves(clip_of(1));
    let conv_ae = ConvAeConfig {
        channels: channels.clone(),
        latent,
        ..Default::default()
    };
    let unet = UnetConfig {
        channels: channels.clone(),
        latent,
        ..Default::default()
    };
    let file =
        train_and_reload::<ConvAe<Train>>(|| conv_ae.init(frames.0, &device), &frames, &folder)?;
    train_and_reload::<Unet<Train>>(|| unet.init(frames.0, &device), &frames, &folder)?;

    // 2. A predictor of the fifth frame from four.
    let clips = Waves(clip_of(5));
    let predictor = ConvLstmPredictorConfig {
        channels,
        hidden: 8,
        ..Default::default()
    };
    train_and_reload::<ConvLstmPredictor<Train>>(
        || predictor.init(clips.0, &device),
        &clips,
        &folder,
    )?;

    // 3. Weights of another network are refused, with everything that does not fit.
    let other: Unet<Flex> = unet.init(frames.0, &device)?;
    let Err(nn::Error::WeightsDiffer { problems, .. }) =
        load_weights(other, &file, &WeightNames::new())
    else {
        bail!("a U-Net took the weights of {}", file.display());
    };
    let missing = problems
        .iter()
        .filter(|problem| matches!(problem, WeightProblem::Missing { .. }));
    println!(
        "{} weights of a U-Net are missing in {}",
        missing.count(),
        file.display()
    );
    Ok(std::fs::remove_dir_all(folder)?)
}
