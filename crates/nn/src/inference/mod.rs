//! Inference forms of layers: weights copied and packed once, buffers reused from call to call.
//!
//! ```text
//! layers ── InferenceBuilder ──▶ stages ── build(device) ──┬─▶ KernelPath    native kernels: packed weights, two buffers
//!           folds batch norms    weights as plain values   ├─▶ Int8Path      native kernels in 8-bit integers, by choice
//!                                                          └─▶ BackendPath   Burn's operations, on any device
//! ```
//!
//! A recurrent layer is not part of a chain: [`LstmInference`], [`GruInference`] and [`ConvLstmInference`] choose between
//! the same two paths for one layer each. The paths in floats differ in rounding only; the tests compare both with the
//! layers in training form.

mod arithmetic;
mod builder;
mod chain;
mod conv_lstm;
mod gru;
mod lstm;
mod recurrent;
mod stage;

mod backend_path;
#[cfg(feature = "flex")]
mod buffers;
#[cfg(feature = "flex")]
mod int8_path;
#[cfg(feature = "flex")]
mod kernel_conv_lstm;
#[cfg(feature = "flex")]
mod kernel_gru;
#[cfg(feature = "flex")]
mod kernel_lstm;
#[cfg(feature = "flex")]
mod kernel_path;
#[cfg(feature = "flex")]
mod plans;

pub use arithmetic::{Arithmetic, LayerRange, RangeRecord, RemainingRanges};
pub use builder::{InferenceBuilder, fold_batch_norm};
pub use chain::Inference;
pub use conv_lstm::ConvLstmInference;
pub use gru::GruInference;
pub use lstm::LstmInference;
#[cfg(feature = "flex")]
pub(crate) use plans::Plans;
