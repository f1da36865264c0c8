//! Training: every parameter has a gradient, and every network overfits ten frames.

use crate::common::{clip, clips, noise, small, values_of};
use burn::backend::{Autodiff, Flex};
use burn::module::{AutodiffModule, Module, ModuleVisitor, Param};
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_models::{
    Conv3dAeConfig, ConvAeConfig, ConvLstmPredictorConfig, CuboidAeConfig, DenoisingAeConfig,
    LstmAeConfig, Model, ModelConfig, UnetConfig,
};
use oddframe_nn::{
    AdamConfig, ClipLoss, Reconstruct, init_seeded, mean_squared_error, select_predicted_frames,
};

type A = Autodiff<Flex>;

/// Parameters whose gradient is missing or nothing but zeros.
struct Unreached<'a> {
    gradients: &'a <A as AutodiffBackend>::Gradients,
    path: Vec<String>,
    names: Vec<String>,
}

impl ModuleVisitor<A> for Unreached<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<A, D>>) {
        let name = self.path.join(".");
        if name.contains("running_") {
            return;
        }
        let size = parameter
            .val()
            .grad(self.gradients)
            .map(|gradient| gradient.abs().max().into_scalar());
        if !size.is_some_and(|size| size > 0.0 && size.is_finite()) {
            self.names.push(name);
        }
    }
}

#[test]
fn gradients_reach_every_parameter() {
    for (config, clip) in small() {
        let net: Model<A> = config.init(clip, &Default::default()).unwrap();
        let seen = clips::<A>(noise(3 * values_of(clip), 3), clip);
        let wanted = select_predicted_frames(seen.clone(), net.predicted_frames(clip.frames));
        let gradients = net.loss(seen, wanted).backward();
        let mut unreached = Unreached {
            gradients: &gradients,
            path: Vec::new(),
            names: Vec::new(),
        };
        net.visit(&mut unreached);
        assert_eq!(unreached.names, [""; 0], "{}", config.kind());
    }
}

/// Ten frames of a square that moves over a gradient.
fn ten_frames(shape: ClipShape, scale: Scale) -> Vec<Vec<f32>> {
    let frame = |number: usize| {
        let pixel = |at: usize| {
            let (channel, y, x) = (
                at / (shape.height * shape.width),
                at / shape.width % shape.height,
                at % shape.width,
            );
            let inside =
                (number..number + 5).contains(&x) && (number / 2..number / 2 + 6).contains(&y);
            let value = if inside {
                0.9 - 0.2 * channel as f32
            } else {
                0.1 + 0.3 * y as f32 / shape.height as f32
            };
            if scale == Scale::Signed {
                value * 2.0 - 1.0
            } else {
                value
            }
        };
        (0..shape.frame_values()).map(pixel).collect()
    };
    (0..10).map(frame).collect()
}

/// Trains on every clip of ten frames and compares the error with that of the mean frame.
fn overfits(config: impl Into<ModelConfig>, shape: ClipShape, steps: usize, rate: f64) {
    let config = config.into();
    let device = Default::default();
    let frames = ten_frames(shape, config.input_scale());
    let all: Vec<f32> = frames
        .windows(shape.frames)
        .flat_map(<[Vec<f32>]>::concat)
        .collect();
    let mut net: Model<A> = init_seeded(1, || config.init(shape, &device)).unwrap();
    let places = net.predicted_frames(shape.frames);
    let seen = clips::<A>(all, shape);
    let wanted = select_predicted_frames(seen.clone(), places.clone());
    let mut optimiser = AdamConfig::new().init().unwrap();
    for step in 0..steps {
        let gradients = net.loss(seen.clone(), wanted.clone()).backward();
        let gradients = GradientsParams::from_grads(gradients, &net);
        // The last steps are small, so that the running statistics catch up with the weights.
        let rate = if step * 4 < steps * 3 {
            rate
        } else {
            rate / 10.0
        };
        net = optimiser.step(rate, net, gradients);
    }
    let wanted = wanted.inner();
    let version = net.valid().reconstruct(seen.inner());
    let error = mean_squared_error(version, wanted.clone()).into_scalar();
    let [count, frames, ..] = wanted.dims();
    let images = wanted.reshape([count * frames, shape.frame_values()]);
    let mean_frame = (images.clone() - images.mean_dim(0))
        .square()
        .mean()
        .into_scalar();
    println!(
        "{}: {error} against {mean_frame} of the mean frame",
        config.kind()
    );
    assert!(
        error < 0.2 * mean_frame,
        "{}: {error} against {mean_frame} of the mean frame",
        config.kind()
    );
}

#[test]
fn conv_ae_learns_ten_frames() {
    let config = ConvAeConfig {
        channels: vec![12, 24],
        latent: 16,
        ..ConvAeConfig::default()
    };
    overfits(config, clip(1, 3, 16, 16), 80, 1e-2);
}

#[test]
fn a_fully_convolutional_ae_learns_ten_frames() {
    let config = ConvAeConfig {
        channels: vec![8, 12],
        ..ConvAeConfig::of_differences()
    };
    overfits(config, clip(1, 1, 16, 16), 150, 1e-2);
}

#[test]
fn unet_learns_ten_frames() {
    let config = UnetConfig {
        channels: vec![6, 8],
        latent: 8,
        ..UnetConfig::default()
    };
    overfits(config, clip(1, 3, 16, 16), 160, 1e-2);
}

#[test]
fn conv3d_ae_learns_ten_frames() {
    let config = Conv3dAeConfig {
        channels: vec![8, 12],
        latent: 16,
        ..Conv3dAeConfig::default()
    };
    overfits(config, clip(4, 3, 16, 16), 160, 1e-2);
}

#[test]
fn conv_lstm_learns_ten_frames() {
    let config = ConvLstmPredictorConfig {
        channels: vec![8, 16],
        hidden: 12,
        ..ConvLstmPredictorConfig::default()
    };
    overfits(config, clip(4, 3, 16, 16), 120, 1e-2);
}

#[test]
fn cuboid_ae_learns_ten_frames() {
    let config = CuboidAeConfig {
        channels: vec![16, 24],
        dropout: 0.1,
        ..CuboidAeConfig::default()
    };
    overfits(config, clip(4, 1, 16, 16), 120, 1e-2);
}

#[test]
fn denoising_ae_learns_ten_frames() {
    let config = DenoisingAeConfig {
        channels: vec![16, 24],
        ..DenoisingAeConfig::default()
    };
    overfits(config, clip(4, 1, 16, 16), 150, 1e-2);
}

#[test]
fn lstm_ae_learns_ten_frames() {
    overfits(
        LstmAeConfig {
            hidden: 32,
            ..LstmAeConfig::default()
        },
        clip(4, 1, 16, 16),
        200,
        1e-2,
    );
}
