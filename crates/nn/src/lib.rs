#![doc = include_str!("../README.md")]

mod activation;
mod adam;
mod autodiff;
mod backends;
mod device;
mod error;
mod fallback;
#[cfg(feature = "flex")]
mod flex;
mod frozen;
mod kernels;
mod layers;
mod losses;
mod mapper;
mod parameters;
mod pooling;
mod tensors;
mod weights;
mod window;

pub use activation::Activation;
pub use adam::{Adam, AdamConfig, AdamState};
pub use device::{DeviceName, OnBackend};
pub use error::Error;
#[cfg(feature = "flex")]
pub use flex::without_kernels;
pub use frozen::{Freezer, Frozen, FrozenConvLstm, FrozenLstm};
pub use kernels::{
    AdamStep, ConvLstmSaved, Gradients, Kernels, LstmSaved, LstmWeights, NormSaved, Normalised, Saved, Trace,
};
pub use layers::{
    BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvLstm, ConvLstmConfig,
    ConvLstmState, ConvTranspose2d, ConvTranspose2dConfig, ConvTranspose3d, ConvTranspose3dConfig, Linear,
    LinearConfig, Lstm, LstmConfig, LstmState,
};
pub use losses::{gradient_difference, ssim};
pub use mapper::{ClipLoss, ErrorMapper, explained_frames, join_channels, mean_squared_error};
pub use parameters::parameter_count;
pub use pooling::pool_on_device;
pub use tensors::{clips_to_tensor, frames_to_tensor, tensor_to_values};
pub use weights::{WeightNames, WeightProblem, load_weights, save_weights};
pub use window::Window;
