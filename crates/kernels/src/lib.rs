#![doc = include_str!("../README.md")]
// Code is compiled for an instruction set only where it is inlined into a function with that `target_feature`.
#![allow(clippy::inline_always)]

mod activation;
mod adam;
#[cfg(test)]
mod adam_tests;
mod aligned;
mod batch_norm;
mod bf16;
mod bias;
#[cfg(test)]
mod bias_tests;
mod cell;
mod channel_scale;
mod columns;
mod conv;
mod conv_lstm;
#[cfg(test)]
mod conv_tests;
mod correlation;
mod elementwise;
#[cfg(test)]
mod elementwise_tests;
mod engine;
mod error;
mod geometry;
#[cfg(test)]
mod gradient_tests;
mod gru;
mod gru_step;
mod instance_norm;
mod int8;
mod inverted_residual;
mod lstm;
mod partition;
mod plane;
mod recurrence;
mod reference;
mod residual;
mod simd;
mod squared_error;
#[cfg(test)]
mod testing;
mod threads;
mod transpose;
mod unrolled;
mod upsampling;
mod volumes;
mod window;
mod workspace;
mod writer;

pub use activation::Activation;
pub use adam::Adam;
pub use batch_norm::{BatchNorm, Normalisation};
pub use bias::bias_gradient;
pub use channel_scale::{scale_channels, scale_channels_into};
pub use conv::{Conv, Packed};
pub use conv_lstm::{ConvLstm, ConvLstmGradients, ConvLstmPacked};
pub use correlation::Correlation;
pub use engine::{ConvMethod, WinogradTile};
pub use error::Error;
pub use gru::{Gru, GruGradients, GruPacked, GruTrace};
pub use gru_step::GruStep;
pub use instance_norm::InstanceNorm;
pub use int8::{ByteRange, Int8Conv, Int8Target, Int8Weights, int8_is_fast};
pub use inverted_residual::{InvertedResidual, InvertedResidualPacked, InvertedResidualWeights};
pub use lstm::{Lstm, LstmGradients, LstmPacked};
pub use plane::{Depthwise, MaxPool, PlaneWindow};
pub use recurrence::{CellState, CellTrace};
pub use residual::add_residual;
pub use simd::Simd;
pub use squared_error::{scale_differences, sum_squared_differences};
pub use threads::{set_threads, threads};
pub use transpose::transpose;
pub use unrolled::RecurrentWeights;
pub use upsampling::ConvexUpsampling;
pub use volumes::Volumes;
pub use window::Window;
pub use workspace::Workspace;
