//! Values in and out of tensors, and typed tensors to and from the backend's primitives.
//!
//! A `Vec` is moved into a tensor, and moved out again where the backend keeps its tensors in CPU memory.

use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use oddframe_core::ClipShape;

use crate::error::Error;

/// Makes a batch of clips a tensor. The values are moved, not copied.
///
/// # Shapes
/// `values` and the result: `[batch, T, C, H, W]`, the last axis contiguous.
///
/// # Errors
/// When the number of values is not that of `batch` clips of this shape.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_core::ClipShape;
/// use oddframe_nn::{clips_to_tensor, tensor_to_values};
///
/// let shape = ClipShape { frames: 4, channels: 1, height: 8, width: 8 };
/// let clips = clips_to_tensor::<Flex>(vec![0.5; 2 * 4 * 64], 2, shape, &Default::default())?;
/// assert_eq!(clips.dims(), [2, 4, 1, 8, 8]);
/// assert_eq!(tensor_to_values(clips)?.len(), 2 * 4 * 64);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
pub fn clips_to_tensor<B: Backend>(
    values: Vec<f32>,
    batch: usize,
    shape: ClipShape,
    device: &B::Device,
) -> Result<Tensor<B, 5>, Error> {
    let ClipShape {
        frames,
        channels,
        height,
        width,
    } = shape;
    let shape = [batch, frames, channels, height, width];
    // Checked, because shapes come from recipes.
    let expected = shape
        .iter()
        .try_fold(1_usize, |product, side| product.checked_mul(*side));
    if expected != Some(values.len()) {
        let (what, expected) = ("the clips of a batch", expected.unwrap_or(usize::MAX));
        return Err(Error::Length {
            what,
            expected,
            found: values.len(),
        });
    }
    Ok(Tensor::from_data(TensorData::new(values, shape), device))
}

/// Reads a tensor's values as 32-bit floats in row-major order.
///
/// # Errors
/// When the device does not return them.
pub fn tensor_to_values<B: Backend, const D: usize>(
    tensor: Tensor<B, D>,
) -> Result<Vec<f32>, Error> {
    let what = "a tensor";
    let data = tensor.try_into_data().map_err(|source| Error::Device {
        what,
        reason: source.to_string(),
    })?;
    data.convert::<f32>()
        .into_vec()
        .map_err(|source| Error::Values { what, source })
}

/// A tensor of the backend's float type; the caller has checked the number of values.
pub(crate) fn tensor_from_values<B: Backend, const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &B::Device,
) -> Tensor<B, D> {
    Tensor::from_data(
        TensorData::new(values, shape).convert::<B::FloatElem>(),
        device,
    )
}

/// The values of the parameter or result that an error calls `what`.
pub(crate) fn read_values<B: Backend, const D: usize>(
    what: &'static str,
    tensor: Tensor<B, D>,
) -> Result<Vec<f32>, Error> {
    tensor
        .into_data()
        .convert::<f32>()
        .to_vec()
        .map_err(|source| Error::Values { what, source })
}

/// The backend's own tensor, which the methods of [`Operations`](crate::kernels::Operations) take.
pub(crate) fn to_primitive<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

/// The typed tensor around a backend's own one, whose rank the caller knows.
pub(crate) fn from_primitive<B: Backend, const D: usize>(
    primitive: FloatTensor<B>,
) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}
