//! The layers.

mod batch_norm;
mod conv2d;
mod conv3d;
mod conv_lstm;
mod conv_transpose2d;
mod conv_transpose3d;
mod linear;
mod lstm;
mod parts;

pub use batch_norm::{BatchNorm, BatchNormConfig};
pub use conv_lstm::{ConvLstm, ConvLstmConfig, ConvLstmState};
pub use conv_transpose2d::{ConvTranspose2d, ConvTranspose2dConfig};
pub use conv_transpose3d::{ConvTranspose3d, ConvTranspose3dConfig};
pub use conv2d::{Conv2d, Conv2dConfig};
pub use conv3d::{Conv3d, Conv3dConfig};
pub use linear::{Linear, LinearConfig};
pub use lstm::{Lstm, LstmConfig, LstmState};
