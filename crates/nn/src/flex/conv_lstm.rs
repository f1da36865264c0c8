use std::sync::Arc;

use burn::backend::Flex;
use burn::tensor::{Shape, TensorMetadata};
use burn_flex::{FlexTensor, Layout};
use oddframe_kernels::{CellState, CellTrace, ConvLstm, ConvLstmGradients, Error, Volumes};

use super::conv::{fitting, with_workspace};
use super::dense::{channels_first, channels_last, contiguous, from_channels_last, values};
use super::pool::{Buffer, buffer};
use crate::kernels::{ConvLstmSaved, Trace};

/// Our kernels know square windows.
pub(super) fn takes(weight: &FlexTensor) -> bool {
    weight.shape()[2] == weight.shape()[3]
}

pub(super) fn conv_lstm(
    input: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    start: [FlexTensor; 2],
    keep: bool,
) -> (FlexTensor, Option<Trace>) {
    let mut shape = input.shape().to_vec();
    let (input, weight) = (channels_last(images(input)), channels_first(weight));
    let bias = bias.map(channels_first);
    let [mut h, mut c] = start.map(|state| {
        let state = channels_last(state);
        let mut copy = buffer(values(&state).len());
        copy.copy_from_slice(values(&state));
        copy
    });
    let layer = fitting(layer_of(&shape, &weight));
    let mut y = buffer(layer.output_len());
    let mut trace = keep.then(CellTrace::new);
    fitting(with_workspace(|scratch| {
        let packed = layer.pack(values(&weight), bias.as_ref().map(values))?;
        let state = CellState { h: &mut h, c: &mut c };
        match &mut trace {
            Some(trace) => layer.forward_training(values(&input), &packed, state, &mut y, trace, scratch),
            None => layer.forward(values(&input), &packed, state, &mut y, scratch),
        }
    }));
    drop(input);
    let mut rows = buffer(y.len() + c.len());
    let (sequence, image) = (y.len() / shape[0], c.len() / shape[0]);
    let parts = y.chunks_exact(sequence).zip(c.chunks_exact(image));
    for (row, (y, c)) in rows.chunks_exact_mut(sequence + image).zip(parts) {
        row[..sequence].copy_from_slice(y);
        row[sequence..].copy_from_slice(c);
    }
    shape[1] += 1;
    shape[2] = weight.shape()[0] / 4;
    (sequences(rows, &shape), trace.map(|trace| Trace(Arc::new(trace))))
}

pub(super) fn conv_lstm_backward(
    saved: ConvLstmSaved<Flex>,
    trace: &CellTrace,
    gradient: FlexTensor,
    wants_input: bool,
) -> (Option<FlexTensor>, [FlexTensor; 4]) {
    let shape = saved.input.shape().to_vec();
    let (input, weight) = (channels_last(images(saved.input)), channels_first(saved.weight));
    let gradient = channels_last(images(gradient));
    let layer = fitting(layer_of(&shape, &weight));
    let [mut dy, mut h, mut c] = [layer.output_len(), layer.state_len(), layer.state_len()].map(buffer);
    h.fill(0.0);
    let (sequence, image) = (dy.len() / shape[0], c.len() / shape[0]);
    let parts = dy.chunks_exact_mut(sequence).zip(c.chunks_exact_mut(image));
    for (row, (y, last)) in values(&gradient).chunks_exact(sequence + image).zip(parts) {
        y.copy_from_slice(&row[..sequence]);
        last.copy_from_slice(&row[sequence..]);
    }
    drop(gradient);
    let mut dx = wants_input.then(|| buffer(layer.input_len()));
    let (mut of_weight, mut bias) = (buffer(layer.weights_len()), buffer(weight.shape()[0]));
    let gradients = ConvLstmGradients {
        x: dx.as_deref_mut(),
        weights: &mut of_weight,
        bias: &mut bias,
        state: CellState { h: &mut h, c: &mut c },
    };
    fitting(with_workspace(|scratch| {
        layer.backward(values(&input), values(&weight), trace, &dy, gradients, scratch)
    }));
    let state = [shape[0], weight.shape()[0] / 4, shape[3], shape[4]];
    (
        dx.map(|dx| sequences(dx, &shape)),
        [
            contiguous(of_weight, &weight.shape()),
            contiguous(bias, &[weight.shape()[0]]),
            from_channels_last(h, &state),
            from_channels_last(c, &state),
        ],
    )
}

/// `[batch, time, channels, height, width]` as one batch of images, copied only where memory does not allow it.
fn images(tensor: FlexTensor) -> FlexTensor {
    let shape = tensor.shape().to_vec();
    let strides = tensor.layout().strides().to_vec();
    let follow = shape[0] == 1 || shape[1] == 1 || strides[0] == shape[1] as isize * strides[1];
    if !follow {
        return images(tensor.to_contiguous());
    }
    let mut image = vec![shape[0] * shape[1]];
    image.extend_from_slice(&shape[2..]);
    // Along an axis of one position a stride says nothing.
    let mut steps = vec![if shape[1] == 1 { strides[0] } else { strides[1] }];
    steps.extend_from_slice(&strides[2..]);
    let start = tensor.layout().start_offset();
    tensor.with_layout(Layout::new(Shape::from(image), steps, start))
}

/// A tensor `[batch, time, channels, height, width]` over memory whose channels lie last.
fn sequences(values: Buffer, shape: &[usize]) -> FlexTensor {
    let mut image = vec![shape[0] * shape[1]];
    image.extend_from_slice(&shape[2..]);
    let images = from_channels_last(values, &image);
    let mut strides = vec![images.layout().strides()[0] * shape[1] as isize];
    strides.extend_from_slice(images.layout().strides());
    images.with_layout(Layout::new(Shape::from(shape.to_vec()), strides, 0))
}

fn layer_of(shape: &[usize], weight: &FlexTensor) -> Result<ConvLstm, Error> {
    let input = Volumes::images(shape[0], shape[3], shape[4], shape[2])?;
    ConvLstm::new(input, shape[1], weight.shape()[0] / 4, weight.shape()[2])
}
