//! From Burn's tensors to plain slices and back.
//!
//! Our kernels keep channels last. A tensor `[batch, channels, height, width]` whose memory is that of
//! `[batch, height, width, channels]` is an ordinary Burn tensor with unusual strides: from one of our kernels
//! to the next nothing is copied, and Burn's own operations read it as any permuted tensor.

use burn::tensor::{DType, Shape, TensorMetadata};
use burn_flex::{FlexTensor, Layout};
use oddframe_kernels::transpose;

use super::conv::fitting;
use super::pool::{Buffer, Memory, buffer};

/// Tensors with no more channels than this are given back with channels first: they are images, and losses and
/// other operations of Burn's follow, which are fastest on contiguous memory.
const FEW_CHANNELS: usize = 16;

/// A tensor over dense memory with channels first.
pub(super) fn contiguous(values: impl Memory, shape: &[usize]) -> FlexTensor {
    FlexTensor::new(values.into_bytes(), Layout::contiguous(Shape::from(shape.to_vec())), DType::F32)
}

/// A tensor of this shape over memory whose channels, the second axis, lie last.
pub(super) fn from_channels_last(values: Buffer, shape: &[usize]) -> FlexTensor {
    let (channels, positions) = (shape[1], shape[2..].iter().product::<usize>());
    if channels == 1 || positions == 1 {
        return contiguous(values, shape);
    }
    if channels <= FEW_CHANNELS {
        let mut first = buffer(values.len());
        fitting(transpose(&values, &mut first, positions, channels));
        drop(values);
        return contiguous(first, shape);
    }
    let layout = Layout::new(Shape::from(shape.to_vec()), channels_last_strides(shape), 0);
    FlexTensor::new(values.into_bytes(), layout, DType::F32)
}

/// The same tensor over memory whose channels lie last, copied only where they do not.
pub(super) fn channels_last(tensor: FlexTensor) -> FlexTensor {
    let shape = tensor.shape().to_vec();
    if same_strides(tensor.layout(), &channels_last_strides(&shape)) {
        return tensor;
    }
    let tensor = channels_first(tensor);
    let positions = shape[2..].iter().product();
    let mut last = buffer(shape.iter().product());
    fitting(transpose(values(&tensor), &mut last, shape[1], positions));
    drop(tensor);
    let layout = Layout::new(Shape::from(shape.clone()), channels_last_strides(&shape), 0);
    FlexTensor::new(last.into_bytes(), layout, DType::F32)
}

/// The same tensor over dense memory in the order of its axes, copied only where it is not.
pub(super) fn channels_first(tensor: FlexTensor) -> FlexTensor {
    let plain = Layout::contiguous(tensor.shape());
    if same_strides(tensor.layout(), plain.strides()) { tensor } else { tensor.to_contiguous() }
}

/// Whether two tensors of one shape lie in dense memory in the same order, so that what is done value by value
/// can run over their slices.
pub(super) fn same_order(one: &FlexTensor, other: &FlexTensor) -> bool {
    let shape = one.shape();
    let dense = [Layout::contiguous(shape.clone()).strides().to_vec(), channels_last_strides(&shape)];
    dense.iter().any(|strides| same_strides(one.layout(), strides) && same_strides(other.layout(), strides))
}

/// A tensor that lies as another dense one does.
pub(super) fn like(other: &FlexTensor, values: impl Memory) -> FlexTensor {
    let layout = Layout::new(other.shape(), other.layout().strides().to_vec(), 0);
    FlexTensor::new(values.into_bytes(), layout, DType::F32)
}

/// The values of a dense tensor in the order of memory.
pub(super) fn values(tensor: &FlexTensor) -> &[f32] {
    let start = tensor.layout().start_offset();
    &tensor.storage::<f32>()[start..start + tensor.layout().num_elements()]
}

/// The values of a dense tensor, copied first where another tensor shares them.
pub(super) fn values_mut(tensor: &mut FlexTensor) -> &mut [f32] {
    let (start, len) = (tensor.layout().start_offset(), tensor.layout().num_elements());
    &mut tensor.storage_mut::<f32>()[start..start + len]
}

fn channels_last_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    let mut step = shape[1];
    for axis in (2..shape.len()).rev() {
        strides[axis] = step as isize;
        step *= shape[axis];
    }
    strides[0] = step as isize;
    strides
}

/// Whether a layout steps through memory in this way; along an axis of one position there is no step.
fn same_strides(layout: &Layout, strides: &[isize]) -> bool {
    let steps = layout.shape().iter().zip(layout.strides()).zip(strides);
    steps.into_iter().all(|((&size, found), expected)| size == 1 || found == expected)
}
