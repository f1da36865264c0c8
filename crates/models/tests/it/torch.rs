//! With weights from PyTorch, the networks output what PyTorch outputs: `scripts/export_torch.py` wrote the files.

use std::path::{Path, PathBuf};

use crate::common::{assert_close, clip, small, values_of};
use burn::backend::Flex;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_models::{
    Conv3dAeConfig, ConvAeConfig, ConvLstmPredictorConfig, CuboidAeConfig, DenoisingAeConfig,
    GruPredictorConfig, LstmAeConfig, Model, ModelConfig, Network, UnetConfig,
};
use oddframe_nn::{load_weights, save_weights};

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file)
}

/// The script's input.
fn input(count: usize, scale: Scale) -> Vec<f32> {
    let value = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 1009.0;
    (0..count)
        .map(value)
        .map(|v| {
            if scale == Scale::Signed {
                v * 2.0 - 1.0
            } else {
                v
            }
        })
        .collect()
}

fn model(config: &ModelConfig, clip: ClipShape, weights: &Path) -> Model<Flex> {
    let net = config.init::<Flex>(clip, &Default::default()).unwrap();
    load_weights(net, weights, &config.weight_names()).unwrap()
}

fn versions(net: &Model<Flex>, config: &ModelConfig) -> Vec<f32> {
    let (batch, clip) = (2, net.clip_shape());
    let mut scorer = net.to_inference().unwrap();
    let mut found = vec![f32::NAN; batch * scorer.predicted_frames().len() * clip.frame_values()];
    scorer
        .reconstruct(
            &input(batch * values_of(clip), config.input_scale()),
            batch,
            &mut found,
        )
        .unwrap();
    found
}

fn same_as_torch(name: &str, config: impl Into<ModelConfig>, clip: ClipShape) {
    let config = config.into();
    let weights = ["pt", "safetensors"].map(|end| golden(&format!("{name}.{end}")));
    let weights = weights.iter().find(|path| path.exists()).unwrap();
    let net = model(&config, clip, weights);
    let bytes = std::fs::read(golden(&format!("{name}.out"))).unwrap();
    let expected: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
    assert_close(name, &versions(&net, &config), &expected, 1e-4);
}

#[test]
fn conv_ae() {
    let config = ConvAeConfig {
        channels: vec![5, 6, 7],
        latent: 9,
        ..ConvAeConfig::default()
    };
    same_as_torch("conv_ae", config, clip(1, 3, 16, 16));
    let config = ConvAeConfig {
        channels: vec![4, 5, 6],
        ..ConvAeConfig::of_differences()
    };
    same_as_torch("conv_ae_differences", config, clip(1, 1, 16, 24));
}

#[test]
fn unet() {
    let config = UnetConfig {
        channels: vec![4, 5, 6, 6],
        latent: 7,
        ..UnetConfig::default()
    };
    same_as_torch("unet", config, clip(1, 3, 32, 32));
}

#[test]
fn conv3d_ae() {
    let config = Conv3dAeConfig {
        channels: vec![4, 5, 6, 7],
        latent: 8,
        ..Conv3dAeConfig::default()
    };
    same_as_torch("conv3d_ae", config, clip(8, 3, 16, 16));
}

#[test]
fn conv_lstm() {
    let config = ConvLstmPredictorConfig {
        channels: vec![4, 5, 6],
        hidden: 5,
        ..ConvLstmPredictorConfig::default()
    };
    same_as_torch("conv_lstm", config, clip(4, 3, 16, 16));
}

#[test]
fn cuboid_ae() {
    let config = CuboidAeConfig {
        channels: vec![5, 7, 8],
        ..CuboidAeConfig::default()
    };
    same_as_torch("cuboid_ae", config, clip(6, 1, 16, 16));
    let config = CuboidAeConfig {
        channels: vec![5, 7, 8],
        ..CuboidAeConfig::plain()
    };
    same_as_torch("cuboid_ae_plain", config, clip(6, 1, 16, 16));
}

#[test]
fn denoising_ae() {
    let config = DenoisingAeConfig {
        channels: vec![5, 7, 8],
        ..DenoisingAeConfig::default()
    };
    same_as_torch("denoising_ae", config, clip(6, 1, 16, 16));
    let config = DenoisingAeConfig {
        channels: vec![5, 7, 8],
        ..DenoisingAeConfig::described()
    };
    same_as_torch("denoising_ae_described", config, clip(6, 1, 16, 16));
}

#[test]
fn lstm_ae() {
    same_as_torch(
        "lstm_ae",
        LstmAeConfig {
            hidden: 7,
            ..LstmAeConfig::default()
        },
        clip(5, 3, 4, 6),
    );
}

#[test]
fn gru_predictor() {
    same_as_torch(
        "gru_predictor",
        GruPredictorConfig { hidden: 7 },
        clip(5, 2, 4, 6),
    );
}

/// Saved and loaded again, in our format and in PyTorch's.
#[test]
fn every_kind_is_saved_and_loaded() {
    let folder = tempfile::tempdir().unwrap();
    for (config, clip) in small() {
        let net = config.init::<Flex>(clip, &Default::default()).unwrap();
        for file in ["weights.bpk", "weights.safetensors"] {
            let path = folder.path().join(file);
            save_weights(&net, &path).unwrap();
            let loaded = model(&config, clip, &path);
            assert_eq!(
                versions(&loaded, &config),
                versions(&net, &config),
                "{} as {file}",
                config.kind()
            );
        }
    }
}

#[test]
fn weights_of_another_network_are_refused() {
    let config = ModelConfig::from(ConvAeConfig {
        channels: vec![5, 6, 7],
        latent: 8,
        ..ConvAeConfig::default()
    });
    let net = config
        .init::<Flex>(clip(1, 3, 16, 16), &Default::default())
        .unwrap();
    let error = load_weights(net, golden("conv_ae.safetensors"), &config.weight_names())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("squeeze.weight: the model has the shape [8, 28], the file [9, 28]"),
        "{error}"
    );
}
