#![doc = include_str!("../README.md")]

mod activation_text;
mod backbone;
mod blocks;
mod clip_shape;
mod conv3d_ae;
mod conv_ae;
mod conv_lstm;
mod cuboid_ae;
mod denoising_ae;
mod error;
mod generic_inference;
mod gru_predictor;
mod image_autoencoder;
mod inference_checks;
mod lstm_ae;
mod model;
mod network;
mod raft;
mod unet;
mod weight_names;
mod weights_source;

pub use backbone::{Backbone, BackboneFeatures, BackboneKind, BackboneLayer};
pub use conv_ae::{ConvAe, ConvAeConfig};
pub use conv_lstm::{ConvLstmPredictor, ConvLstmPredictorConfig};
pub use conv3d_ae::{Conv3dAe, Conv3dAeConfig};
pub use cuboid_ae::{CuboidAe, CuboidAeConfig};
pub use denoising_ae::{DenoisingAe, DenoisingAeConfig};
pub use error::Error;
pub use generic_inference::GenericInference;
pub use gru_predictor::{GruPredictor, GruPredictorConfig};
pub use lstm_ae::{LstmAe, LstmAeConfig, SequenceOutput};
pub use model::{Model, ModelConfig};
pub use network::Network;
pub use raft::{Raft, RaftFlow, RaftOptions};
pub use unet::{Unet, UnetConfig};
pub use weights_source::WeightsSource;
