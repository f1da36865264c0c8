//! Layers that only score.

mod chain;
mod conv_lstm;
mod freezer;
mod lstm;
#[cfg(feature = "flex")]
mod plain;
#[cfg(feature = "flex")]
mod plain_conv_lstm;
#[cfg(feature = "flex")]
mod plain_lstm;
#[cfg(feature = "flex")]
mod plans;
mod stage;
mod tensors;

pub use chain::Frozen;
pub use conv_lstm::FrozenConvLstm;
pub use freezer::Freezer;
pub use lstm::FrozenLstm;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::Error;

/// Whether this device's tensors go through our kernels.
#[cfg(feature = "flex")]
fn fused<B: crate::Kernels>(device: &B::Device) -> bool {
    B::fused(&Tensor::<B, 1>::zeros([1], device).into_primitive().tensor())
}

/// A tensor of the backend's floats.
fn tensor<B: Backend, const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &B::Device,
) -> Tensor<B, D> {
    Tensor::from_data(TensorData::new(values, shape).convert::<B::FloatElem>(), device)
}

/// Refuses a slice that is not as long as its shape says, or an axis without a position; `item` are the values of
/// one item.
fn check(
    layer: &'static str,
    what: &'static str,
    found: usize,
    axes: &[(&'static str, usize)],
    item: usize,
) -> Result<(), Error> {
    crate::error::at_least_one(layer, axes)?;
    let expected = axes.iter().fold(item, |all, (_, size)| all.saturating_mul(*size));
    if found == expected { Ok(()) } else { Err(Error::Length { what, expected, found }) }
}
