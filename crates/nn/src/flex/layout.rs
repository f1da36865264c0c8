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

use std::iter::once;

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

/// Runs shorter than this are not worth the search for their place.
const SHORTEST_RUN: usize = 8;

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
    let layout = Layout::new(Shape::from(shape.clone()), channels_last_strides(&shape), 0);
    // A part of the channels of a tensor with channels last, among others.
    let order: Vec<usize> = once(0).chain(2..shape.len()).chain(once(1)).collect();
    if let Some(values) = copy_runs(&tensor, &order) {
        return FlexTensor::new(values.into_bytes(), layout, DType::F32);
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
    FlexTensor::new(last.into_bytes(), layout, DType::F32)
}

/// The same tensor over dense memory in the order of its axes; copied only if it has another layout.
pub(super) fn channels_first(tensor: FlexTensor) -> FlexTensor {
    let plain = Layout::contiguous(tensor.shape());
    if same_strides(tensor.layout(), plain.strides()) {
        return tensor;
    }
    let shape = tensor.shape().to_vec();
    if shape.len() > 2 && same_strides(tensor.layout(), &channels_last_strides(&shape)) {
        let positions = shape[2..].iter().product();
        let mut first = take_buffer(shape.iter().product());
        let values = slice_values(&tensor);
        expect_kernel(transpose(values, &mut first, positions, shape[1]));
        return contiguous(first, &shape);
    }
    let order: Vec<usize> = (0..shape.len()).collect();
    match copy_runs(&tensor, &order) {
        Some(values) => contiguous(values, &shape),
        // Burn's own copy takes value after value.
        None => tensor.to_contiguous(),
    }
}

/// The values of a tensor with its axes in another order, where neighbours in that order lie together in memory; `None`
/// where they do not. Views such as frames in another order or a part of the channels are copied in long runs.
fn copy_runs(tensor: &FlexTensor, order: &[usize]) -> Option<Buffer> {
    let layout = tensor.layout();
    // Axes that are walked as one: the stride of the outer one is the extent of the inner one.
    let mut axes: Vec<[usize; 2]> = Vec::with_capacity(order.len());
    for &axis in order.iter().filter(|axis| layout.shape()[**axis] != 1) {
        let size = layout.shape()[axis];
        let stride = usize::try_from(layout.strides()[axis]).ok()?;
        match axes.last_mut() {
            Some([outer, outer_stride]) if *outer_stride == size * stride => {
                (*outer, *outer_stride) = (*outer * size, stride);
            }
            _ => axes.push([size, stride]),
        }
    }
    let &[run, 1] = axes.last()? else {
        return None;
    };
    let outer = &axes[..axes.len() - 1];
    let (storage, len) = (tensor.storage::<f32>(), layout.num_elements());
    if run < SHORTEST_RUN {
        return None;
    }
    let mut values = take_buffer(len);
    for (at, to) in values.chunks_exact_mut(run).enumerate() {
        let (mut left, mut from) = (at, layout.start_offset());
        for [size, stride] in outer.iter().rev() {
            from += left % size * stride;
            left /= size;
        }
        to.copy_from_slice(&storage[from..from + run]);
    }
    Some(values)
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

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::*;
    use crate::tensors::to_primitive;

    fn counting(shape: [usize; 4]) -> Tensor<Flex, 4> {
        let values: Vec<f32> = (0..shape.iter().product()).map(|at| at as f32).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::<Flex>::default())
    }

    /// Views of every kind keep their values in both layouts: permuted, cut, turned round, and mixtures.
    #[test]
    fn both_layouts_hold_the_values_of_any_view() {
        let whole = counting([3, 12, 10, 16]);
        let last = from_last(whole.clone());
        for view in [
            whole.clone(),
            whole.clone().permute([0, 2, 1, 3]),
            whole.clone().permute([3, 1, 0, 2]),
            whole.clone().narrow(1, 2, 9),
            whole.clone().narrow(3, 1, 3),
            whole.clone().flip([2]),
            whole.clone().slice([0..1, 0..12, 3..4, 0..16]),
            last.clone(),
            last.clone().narrow(1, 4, 8),
            last.clone().narrow(1, 1, 2),
            last.clone().permute([0, 2, 3, 1]),
            last.flip([1, 3]),
        ] {
            let shape = view.dims();
            let expected: Vec<f32> = view.clone().into_data().to_vec().unwrap();
            let first = channels_first(to_primitive(view.clone()));
            assert_eq!(slice_values(&first), expected, "{shape:?}");
            let last = channels_last(to_primitive(view));
            let [_, channels, height, width] = shape;
            for (at, value) in slice_values(&last).iter().enumerate() {
                let (pixel, channel) = (at / channels, at % channels);
                let (image, position) = (pixel / (height * width), pixel % (height * width));
                let place = (image * channels + channel) * height * width + position;
                assert_eq!(*value, expected[place], "{shape:?} at {at}");
            }
        }
    }

    /// The same tensor over memory with channels last.
    fn from_last(tensor: Tensor<Flex, 4>) -> Tensor<Flex, 4> {
        crate::tensors::from_primitive(channels_last(to_primitive(tensor)))
    }
}
