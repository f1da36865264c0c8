//! Values in and out of tensors: a `Vec` is moved in, and moved out where the backend keeps it on the CPU.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use oddframe_core::ClipShape;

use crate::Error;

/// Clips of one shape, one behind the other, as a tensor. The values are moved, not copied.
///
/// # Shapes
/// `values` and the result: `[batch, T, C, H, W]`.
///
/// # Errors
/// When there are not as many values as `batch` clips of this shape have.
pub fn clips_to_tensor<B: Backend>(
    values: Vec<f32>,
    batch: usize,
    shape: ClipShape,
    device: &B::Device,
) -> Result<Tensor<B, 5>, Error> {
    let ClipShape { frames, channels, height, width } = shape;
    to_tensor("the clips of a batch", values, [batch, frames, channels, height, width], device)
}

/// Frames of one shape, one behind the other, as a tensor. The values are moved, not copied.
///
/// # Shapes
/// `values` and the result: `[frames, channels, height, width]`, which is `shape`.
///
/// # Errors
/// When there are not as many values as the shape has.
pub fn frames_to_tensor<B: Backend>(
    values: Vec<f32>,
    shape: [usize; 4],
    device: &B::Device,
) -> Result<Tensor<B, 4>, Error> {
    to_tensor("frames", values, shape, device)
}

/// A tensor's values as 32-bit floats, the last axis running fastest.
///
/// # Errors
/// When the device does not give them.
pub fn tensor_to_values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Result<Vec<f32>, Error> {
    let what = "a tensor";
    let data = tensor.try_into_data().map_err(|source| Error::Device { what, reason: source.to_string() })?;
    data.convert::<f32>().into_vec().map_err(|source| Error::Values { what, source })
}

fn to_tensor<B: Backend, const D: usize>(
    what: &'static str,
    values: Vec<f32>,
    shape: [usize; D],
    device: &B::Device,
) -> Result<Tensor<B, D>, Error> {
    let expected = shape.iter().try_fold(1_usize, |product, side| product.checked_mul(*side));
    if expected != Some(values.len()) {
        return Err(Error::Length { what, expected: expected.unwrap_or(usize::MAX), found: values.len() });
    }
    Ok(Tensor::from_data(TensorData::new(values, shape), device))
}
