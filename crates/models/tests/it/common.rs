use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use oddframe_core::ClipShape;
use oddframe_models::{
    Conv3dAeConfig, ConvAeConfig, ConvLstmPredictorConfig, CuboidAeConfig, DenoisingAeConfig,
    GruPredictorConfig, LstmAeConfig, ModelConfig, SequenceOutput, UnetConfig,
};

pub(crate) const fn clip(frames: usize, channels: usize, height: usize, width: usize) -> ClipShape {
    ClipShape {
        frames,
        channels,
        height,
        width,
    }
}

/// A small network of each kind and variant, with the clips it takes.
pub(crate) fn small() -> Vec<(ModelConfig, ClipShape)> {
    let cuboid = CuboidAeConfig {
        channels: vec![6, 8],
        ..CuboidAeConfig::default()
    };
    let noisy = DenoisingAeConfig {
        channels: vec![6, 8],
        ..DenoisingAeConfig::default()
    };
    vec![
        (
            ConvAeConfig {
                channels: vec![6, 8],
                latent: 5,
                ..ConvAeConfig::default()
            }
            .into(),
            clip(1, 3, 8, 12),
        ),
        // Clips of several frames, one by one.
        (
            ConvAeConfig {
                channels: vec![6],
                ..ConvAeConfig::of_differences()
            }
            .into(),
            clip(3, 1, 8, 6),
        ),
        (
            UnetConfig {
                channels: vec![4, 6, 6],
                latent: 5,
                ..UnetConfig::default()
            }
            .into(),
            clip(2, 3, 16, 8),
        ),
        (
            UnetConfig {
                channels: vec![4],
                latent: 0,
                ..UnetConfig::default()
            }
            .into(),
            clip(1, 1, 4, 4),
        ),
        (
            Conv3dAeConfig {
                channels: vec![4, 5, 6],
                latent: 7,
                ..Conv3dAeConfig::default()
            }
            .into(),
            clip(4, 3, 8, 16),
        ),
        (
            Conv3dAeConfig {
                channels: vec![4, 5],
                latent: 0,
                ..Conv3dAeConfig::default()
            }
            .into(),
            clip(4, 1, 8, 4),
        ),
        (
            ConvLstmPredictorConfig {
                channels: vec![4, 6],
                hidden: 5,
                ..ConvLstmPredictorConfig::default()
            }
            .into(),
            clip(4, 3, 8, 12),
        ),
        (cuboid.clone().into(), clip(4, 1, 8, 12)),
        (
            CuboidAeConfig {
                norm: false,
                dropout: 0.0,
                ..cuboid
            }
            .into(),
            clip(4, 3, 8, 4),
        ),
        (noisy.clone().into(), clip(4, 1, 8, 12)),
        (
            DenoisingAeConfig {
                channels: vec![6, 8],
                ..DenoisingAeConfig::described()
            }
            .into(),
            clip(4, 1, 8, 12),
        ),
        (
            LstmAeConfig {
                hidden: 9,
                ..LstmAeConfig::default()
            }
            .into(),
            clip(3, 3, 4, 5),
        ),
        (
            LstmAeConfig {
                hidden: 9,
                output: SequenceOutput::Decoder,
            }
            .into(),
            clip(3, 12, 1, 1),
        ),
        (GruPredictorConfig { hidden: 9 }.into(), clip(4, 2, 3, 5)),
    ]
}

/// Numbers between 0 and 1 that are the same in every run.
pub(crate) fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 24) as f32
        })
        .collect()
}

pub(crate) fn values_of(clip: ClipShape) -> usize {
    clip.frames * clip.frame_values()
}

pub(crate) fn clips<B: Backend>(values: Vec<f32>, clip: ClipShape) -> Tensor<B, 5> {
    let ClipShape {
        frames,
        channels,
        height,
        width,
    } = clip;
    let batch = values.len() / values_of(clip);
    let shape = [batch, frames, channels, height, width];
    Tensor::from_data(TensorData::new(values, shape), &B::Device::default())
}

/// Checks values against each other, relative to the largest.
#[track_caller]
pub(crate) fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected
        .iter()
        .fold(1e-3_f32, |largest, value| largest.max(value.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let fits = (found - expected).abs() <= tolerance * scale;
        assert!(
            fits,
            "{what} at {at}: {found} instead of {expected} (largest {scale})"
        );
    }
}
