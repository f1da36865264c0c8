use std::sync::Arc;

use burn::backend::Flex;
use burn::tensor::{Shape, TensorMetadata};
use burn_flex::{FlexTensor, Layout};
use oddframe_kernels::{CellState, CellTrace, ConvLstm, ConvLstmGradients, Error, Volumes};

use super::kernel::{expect_kernel, with_workspace};
use super::layout::{channels_first, channels_last, contiguous, from_channels_last, slice_values};
use super::pool::{Buffer, take_buffer};
use crate::saved::{KernelTrace, SavedConvLstm};

/// Whether there is a native kernel for these weights: it supports square windows only.
pub(super) fn is_supported(weight: &FlexTensor) -> bool {
    weight.shape()[2] == weight.shape()[3]
}

pub(super) fn conv_lstm(
    input: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    start: [FlexTensor; 2],
    keep: bool,
) -> (FlexTensor, Option<KernelTrace>) {
    let mut shape = input.shape().to_vec();
    let (input, weight) = (channels_last(merge_time(input)), channels_first(weight));
    let bias = bias.map(channels_first);
    let [mut h, mut c] = start.map(|state| {
        let state = channels_last(state);
        let mut copy = take_buffer(slice_values(&state).len());
        copy.copy_from_slice(slice_values(&state));
        copy
    });
    // Weights are packed anew in every call: in training they change with each step.
    let layer = expect_kernel(plan_layer(&shape, &weight));
    let mut y = take_buffer(layer.output_len());
    let mut trace = keep.then(CellTrace::new);
    expect_kernel(with_workspace(|scratch| {
        let packed = layer.pack(slice_values(&weight), bias.as_ref().map(slice_values))?;
        let state = CellState {
            h: &mut h,
            c: &mut c,
        };
        match &mut trace {
            Some(trace) => {
                layer.forward_training(slice_values(&input), &packed, state, &mut y, trace, scratch)
            }
            None => layer.forward(slice_values(&input), &packed, state, &mut y, scratch),
        }
    }));
    drop(input);
    // Each item's hidden states of all steps, followed by its last cell state.
    let mut rows = take_buffer(y.len() + c.len());
    let (sequence, image) = (y.len() / shape[0], c.len() / shape[0]);
    let parts = y.chunks_exact(sequence).zip(c.chunks_exact(image));
    for (row, (y, c)) in rows.chunks_exact_mut(sequence + image).zip(parts) {
        row[..sequence].copy_from_slice(y);
        row[sequence..].copy_from_slice(c);
    }
    shape[1] += 1;
    shape[2] = weight.shape()[0] / 4;
    (
        split_time(rows, &shape),
        trace.map(|trace| KernelTrace(Arc::new(trace))),
    )
}

pub(super) fn conv_lstm_backward(
    saved: SavedConvLstm<Flex>,
    trace: &CellTrace,
    gradient: FlexTensor,
    wants_input: bool,
) -> (Option<FlexTensor>, [FlexTensor; 4]) {
    let shape = saved.input.shape().to_vec();
    let (input, weight) = (
        channels_last(merge_time(saved.input)),
        channels_first(saved.weight),
    );
    let gradient = channels_last(merge_time(gradient));
    let layer = expect_kernel(plan_layer(&shape, &weight));
    // Splits the gradient like the output: the images of all steps, then that of the final cell state. No gradient
    // flows into the last hidden state except that of its image, so that `h` starts from zero.
    let [mut dy, mut h, mut c] =
        [layer.output_len(), layer.state_len(), layer.state_len()].map(take_buffer);
    h.fill(0.0);
    let (sequence, image) = (dy.len() / shape[0], c.len() / shape[0]);
    let parts = dy.chunks_exact_mut(sequence).zip(c.chunks_exact_mut(image));
    for (row, (y, last)) in slice_values(&gradient)
        .chunks_exact(sequence + image)
        .zip(parts)
    {
        y.copy_from_slice(&row[..sequence]);
        last.copy_from_slice(&row[sequence..]);
    }
    drop(gradient);
    let mut dx = wants_input.then(|| take_buffer(layer.input_len()));
    let (mut of_weight, mut bias) = (
        take_buffer(layer.weights_len()),
        take_buffer(weight.shape()[0]),
    );
    let gradients = ConvLstmGradients {
        x: dx.as_deref_mut(),
        weights: &mut of_weight,
        bias: &mut bias,
        state: CellState {
            h: &mut h,
            c: &mut c,
        },
    };
    expect_kernel(with_workspace(|scratch| {
        layer.backward(
            slice_values(&input),
            slice_values(&weight),
            trace,
            &dy,
            gradients,
            scratch,
        )
    }));
    let state = [shape[0], weight.shape()[0] / 4, shape[3], shape[4]];
    (
        dx.map(|dx| split_time(dx, &shape)),
        [
            contiguous(of_weight, &weight.shape()),
            contiguous(bias, &[weight.shape()[0]]),
            from_channels_last(h, &state),
            from_channels_last(c, &state),
        ],
    )
}

/// `[batch, time, channels, height, width]` as `[batch * time, channels, height, width]`.
///
/// The two axes merge without a copy if their strides follow each other; otherwise the tensor is copied first.
fn merge_time(tensor: FlexTensor) -> FlexTensor {
    let shape = tensor.shape().to_vec();
    let strides = tensor.layout().strides().to_vec();
    let follow = shape[0] == 1 || shape[1] == 1 || strides[0] == shape[1] as isize * strides[1];
    if !follow {
        return merge_time(tensor.to_contiguous());
    }
    let mut image = vec![shape[0] * shape[1]];
    image.extend_from_slice(&shape[2..]);
    // The stride of an axis of length 1 is arbitrary.
    let mut steps = vec![if shape[1] == 1 {
        strides[0]
    } else {
        strides[1]
    }];
    steps.extend_from_slice(&strides[2..]);
    let start = tensor.layout().start_offset();
    tensor.with_layout(Layout::new(Shape::from(image), steps, start))
}

/// A tensor `[batch, time, channels, height, width]` over memory with channels last.
fn split_time(values: Buffer, shape: &[usize]) -> FlexTensor {
    let mut image = vec![shape[0] * shape[1]];
    image.extend_from_slice(&shape[2..]);
    let images = from_channels_last(values, &image);
    let mut strides = vec![images.layout().strides()[0] * shape[1] as isize];
    strides.extend_from_slice(images.layout().strides());
    images.with_layout(Layout::new(Shape::from(shape.to_vec()), strides, 0))
}

fn plan_layer(shape: &[usize], weight: &FlexTensor) -> Result<ConvLstm, Error> {
    let input = Volumes::images(shape[0], shape[3], shape[4], shape[2])?;
    ConvLstm::new(input, shape[1], weight.shape()[0] / 4, weight.shape()[2])
}
