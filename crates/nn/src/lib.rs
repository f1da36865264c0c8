#![doc = include_str!("../README.md")]

mod activation;
mod adam;
mod autodiff;
mod device;
mod error;
mod fallback;
#[cfg(feature = "flex")]
mod flex;
mod graph;
mod inference;
mod kernels;
mod layers;
mod losses;
mod parameters;
mod pooling;
mod randomness;
mod reconstruct;
mod saved;
mod tensors;
mod weights;

pub use adam::{Adam, AdamConfig, AdamState};
pub use device::{DeviceName, OnBackend};
pub use error::Error;
#[cfg(feature = "flex")]
pub use flex::without_kernels;
pub use graph::{
    AttentionPool, ConvWeights, DenseWeights, Graph, GraphBuilder, GraphInference, GraphValue,
};
pub use inference::{
    Arithmetic, ConvLstmInference, GruInference, Inference, InferenceBuilder, LayerRange,
    LstmInference, RangeRecord, RemainingRanges, fold_batch_norm,
};
pub use kernels::{Kernels, device_has_native_kernels};
pub use layers::{
    BatchNorm, BatchNormConfig, ChannelDropout, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig,
    ConvLstm, ConvLstmConfig, ConvLstmState, ConvTranspose2d, ConvTranspose2dConfig,
    ConvTranspose3d, ConvTranspose3dConfig, Dropout, Gru, GruConfig, Linear, LinearConfig, Lstm,
    LstmConfig, LstmState,
};
pub use losses::{gradient_difference, mean_squared_error, ssim};
pub use oddframe_kernels::{Activation, PlaneWindow, Window, int8_is_fast};
pub use parameters::parameter_count;
pub use pooling::pool_on_device;
pub use randomness::{dropout_mask, init_seeded, with_random_stream};
pub use reconstruct::{ClipLoss, Reconstruct, join_channels, select_predicted_frames};
pub use tensors::{clips_to_tensor, tensor_to_values};
pub use weights::{StateDict, WeightNames, WeightProblem, load_weights, save_weights};
