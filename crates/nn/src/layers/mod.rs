//! The layers: Burn modules with PyTorch's parameters and a fused activation.
//!
//! A layer checks its parameters when it is built and the shape of its input in `forward`, then calls one method of
//! [`Operations`](crate::kernels::Operations):
//!
//! | layer | method |
//! |---|---|
//! | [`Conv2d`], [`Conv3d`], [`ConvTranspose2d`], [`ConvTranspose3d`] | `conv`, with a window of three axes |
//! | [`Linear`] | `dense` |
//! | [`BatchNorm`] | `batch_norm` in training, `batch_norm_inference` otherwise |
//! | [`Lstm`] | `lstm` |
//! | [`Gru`] | `gru` |
//! | [`ConvLstm`] | `conv_lstm`, or `conv` step by step for a window that the fused operation does not take |

mod batch_norm;
mod conv2d;
mod conv3d;
mod conv_lstm;
mod conv_transpose2d;
mod conv_transpose3d;
mod dropout;
mod gru;
mod linear;
mod lstm;
mod parts;
mod recurrent;

pub use batch_norm::{BatchNorm, BatchNormConfig};
pub use conv_lstm::{ConvLstm, ConvLstmConfig, ConvLstmState};
pub use conv_transpose2d::{ConvTranspose2d, ConvTranspose2dConfig};
pub use conv_transpose3d::{ConvTranspose3d, ConvTranspose3dConfig};
pub use conv2d::{Conv2d, Conv2dConfig};
pub use conv3d::{Conv3d, Conv3dConfig};
pub use dropout::{ChannelDropout, Dropout};
pub use gru::{Gru, GruConfig};
pub use linear::{Linear, LinearConfig};
pub use lstm::{Lstm, LstmConfig, LstmState};
pub(crate) use recurrent::RecurrentParameters;
