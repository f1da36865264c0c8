//! Burn's tensors as plain slices for the kernels, and back.
//!
//! The kernels want channels last. A tensor of the shape `[batch, channels, height, width]` over memory in the order
//! `[batch, height, width, channels]` is an ordinary Burn tensor with permuted strides:
//!
//! ```text
//! shape     [N, C, H, W]
//! strides   [C·H·W, H·W, W, 1]   channels first: contiguous for Burn
//! strides   [C·H·W, 1, C·W, C]   channels last: contiguous for the kernels
//! memory    n0: (y0 x0: c0 c1 … cC-1) (y0 x1: c0 c1 … cC-1) …
//! ```
//!
//! So nothing is copied between two kernels, and Burn's own operations read the tensor like any permuted one.

use burn::backend::Flex;
use burn::tensor::{DType, Shape, TensorMetadata};
use burn_flex::{FlexTensor, Layout};
use oddframe_kernels::{RecurrentWeights, transpose};

use super::kernel::expect_kernel;
use super::pool::{Buffer, Memory, take_buffer};
use crate::saved::RecurrentTensors;

/// Tensors of up to this many channels are returned with channels first: they are images, which losses and other
/// operations of Burn read next, and those are fastest on contiguous memory.
const FEW_CHANNELS: usize = 16;

/// A tensor over dense memory with channels first.
pub(super) fn contiguous(values: impl Memory, shape: &[usize]) -> FlexTensor {
    FlexTensor::new(
        values.into_bytes(),
        Layout::contiguous(Shape::from(shape.to_vec())),
        DType::F32,
    )
}

/// A tensor of this shape over memory with the channels (the second axis) last.
pub(super) fn from_channels_last(values: Buffer, shape: &[usize]) -> FlexTensor {
    let (channels, positions) = (shape[1], shape[2..].iter().product::<usize>());
    // Both layouts are the same memory then.
    if channels == 1 || positions == 1 {
        return contiguous(values, shape);
    }
    if channels <= FEW_CHANNELS {
        let mut first = take_buffer(values.len());
        expect_kernel(transpose(&values, &mut first, positions, channels));
        drop(values);
        return contiguous(first, shape);
    }
    let layout = Layout::new(Shape::from(shape.to_vec()), channels_last_strides(shape), 0);
    FlexTensor::new(values.into_bytes(), layout, DType::F32)
}

/// The same tensor over memory with channels last; copied only if it has another layout.
pub(super) fn channels_last(tensor: FlexTensor) -> FlexTensor {
    let shape = tensor.shape().to_vec();
    if same_strides(tensor.layout(), &channels_last_strides(&shape)) {
        return tensor;
    }
    let tensor = channels_first(tensor);
    let positions = shape[2..].iter().product();
    let mut last = take_buffer(shape.iter().product());
    expect_kernel(transpose(
        slice_values(&tensor),
        &mut last,
        shape[1],
        positions,
    ));
    drop(tensor);
    let layout = Layout::new(Shape::from(shape.clone()), channels_last_strides(&shape), 0);
    FlexTensor::new(last.into_bytes(), layout, DType::F32)
}

/// The same tensor over dense memory in the order of its axes; copied only if it has another layout.
pub(super) fn channels_first(tensor: FlexTensor) -> FlexTensor {
    let plain = Layout::contiguous(tensor.shape());
    if same_strides(tensor.layout(), plain.strides()) {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// Whether two tensors of one shape are dense in the same order, so that elementwise work can run over their slices.
pub(super) fn same_order(one: &FlexTensor, other: &FlexTensor) -> bool {
    let shape = one.shape();
    // Dense in one of the two layouts: a slice over the elements has no gaps.
    let dense = [
        Layout::contiguous(shape.clone()).strides().to_vec(),
        channels_last_strides(&shape),
    ];
    dense
        .iter()
        .any(|strides| same_strides(one.layout(), strides) && same_strides(other.layout(), strides))
}

/// A tensor with the layout of another dense one.
pub(super) fn with_layout_of(other: &FlexTensor, values: impl Memory) -> FlexTensor {
    let layout = Layout::new(other.shape(), other.layout().strides().to_vec(), 0);
    FlexTensor::new(values.into_bytes(), layout, DType::F32)
}

/// The values of a dense tensor in memory order.
pub(super) fn slice_values(tensor: &FlexTensor) -> &[f32] {
    let start = tensor.layout().start_offset();
    &tensor.storage::<f32>()[start..start + tensor.layout().num_elements()]
}

/// The values of a dense tensor, mutably; copied first if another tensor shares them.
pub(super) fn slice_values_mut(tensor: &mut FlexTensor) -> &mut [f32] {
    let (start, len) = (
        tensor.layout().start_offset(),
        tensor.layout().num_elements(),
    );
    &mut tensor.storage_mut::<f32>()[start..start + len]
}

/// The weights of a recurrent layer in row-major order, as the native kernels read them.
pub(super) fn contiguous_weights(weights: RecurrentTensors<Flex>) -> RecurrentTensors<Flex> {
    RecurrentTensors::from_array(weights.into_array().map(channels_first))
}

/// The values of contiguous weights of a recurrent layer.
pub(super) fn kernel_weights(weights: &RecurrentTensors<Flex>) -> RecurrentWeights<'_> {
    RecurrentWeights {
        weight_ih: slice_values(&weights.input),
        weight_hh: slice_values(&weights.hidden),
        bias_ih: Some(slice_values(&weights.input_bias)),
        bias_hh: Some(slice_values(&weights.hidden_bias)),
    }
}

fn channels_last_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    // The distance between neighbours along an axis is the number of values in everything inside it: all channels
    // first.
    let mut step = shape[1];
    for axis in (2..shape.len()).rev() {
        strides[axis] = step as isize;
        step *= shape[axis];
    }
    strides[0] = step as isize;
    strides
}

/// Whether a layout has these strides; the stride of an axis of length 1 is arbitrary.
fn same_strides(layout: &Layout, strides: &[isize]) -> bool {
    // The stride of an axis of length 1 is never used to find a value, so that any stride counts as the same.
    let steps = layout.shape().iter().zip(layout.strides()).zip(strides);
    steps
        .into_iter()
        .all(|((&size, found), expected)| size == 1 || found == expected)
}
