use std::sync::Arc;

use burn::backend::Flex;
use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;
use oddframe_kernels::{CellState, CellTrace, Error, Lstm, LstmGradients};

use super::kernel::{expect_kernel, with_workspace};
use super::layout::{channels_first, contiguous, contiguous_weights, kernel_weights, slice_values};
use super::pool::take_buffer;
use crate::saved::{KernelTrace, RecurrentTensors, SavedLstm};

pub(super) fn lstm(
    input: FlexTensor,
    weights: RecurrentTensors<Flex>,
    start: [FlexTensor; 2],
    steps: usize,
    keep: bool,
) -> (FlexTensor, Option<KernelTrace>) {
    let (input, weights) = (channels_first(input), contiguous_weights(weights));
    // The kernel advances the state in place, so that it needs a copy.
    let [mut h, mut c] = start.map(|state| slice_values(&channels_first(state)).to_vec());
    let layer = expect_kernel(plan_layer(&input, &weights, steps));
    let mut y = take_buffer(layer.output_len());
    let mut trace = keep.then(CellTrace::new);
    expect_kernel(with_workspace(|scratch| {
        let packed = layer.pack(kernel_weights(&weights))?;
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
    let (batch, hidden) = (input.shape()[0], weights.hidden.shape()[1]);
    // Each item's hidden states of all steps, followed by its last cell state.
    let mut rows = Vec::with_capacity(y.len() + c.len());
    for (y, c) in y.chunks_exact(steps * hidden).zip(c.chunks_exact(hidden)) {
        rows.extend_from_slice(y);
        rows.extend_from_slice(c);
    }
    (
        contiguous(rows, &[batch, steps + 1, hidden]),
        trace.map(|trace| KernelTrace(Arc::new(trace))),
    )
}

pub(super) fn lstm_backward(
    saved: SavedLstm<Flex>,
    trace: &CellTrace,
    gradient: FlexTensor,
    wants_input: bool,
) -> (Option<FlexTensor>, [FlexTensor; 6]) {
    let (input, weights) = (
        channels_first(saved.input),
        contiguous_weights(saved.weights),
    );
    let gradient = channels_first(gradient);
    let (steps, hidden) = (gradient.shape()[1] - 1, gradient.shape()[2]);
    let layer = expect_kernel(plan_layer(&input, &weights, steps));
    // Splits the gradient like the output: the rows of all steps, then that of the final cell state.
    let mut dy = Vec::with_capacity(layer.output_len());
    let mut c = Vec::with_capacity(layer.state_len());
    for rows in slice_values(&gradient).chunks_exact((steps + 1) * hidden) {
        let (y, last) = rows.split_at(steps * hidden);
        dy.extend_from_slice(y);
        c.extend_from_slice(last);
    }
    let mut h = vec![0.0; layer.state_len()];
    let mut dx = wants_input.then(|| take_buffer(layer.input_len()));
    let [mut from_input, mut from_hidden] =
        [&weights.input, &weights.hidden].map(|weight| take_buffer(slice_values(weight).len()));
    let mut bias = take_buffer(4 * hidden);
    let gradients = LstmGradients {
        x: dx.as_deref_mut(),
        weight_ih: &mut from_input,
        weight_hh: &mut from_hidden,
        bias: &mut bias,
        state: CellState {
            h: &mut h,
            c: &mut c,
        },
    };
    expect_kernel(with_workspace(|scratch| {
        layer.backward(
            slice_values(&input),
            kernel_weights(&weights),
            trace,
            &dy,
            gradients,
            scratch,
        )
    }));
    // The initial states get the gradients that are left when the loop over the steps has reached the first one.
    let state = [input.shape()[0], hidden];
    // Both biases are added to the same sums: they have the same gradient.
    let bias = contiguous(bias, &[4 * hidden]);
    (
        dx.map(|dx| contiguous(dx, &input.shape())),
        [
            contiguous(from_input, &weights.input.shape()),
            contiguous(from_hidden, &weights.hidden.shape()),
            bias.clone(),
            bias,
            contiguous(h, &state),
            contiguous(c, &state),
        ],
    )
}

fn plan_layer(
    input: &FlexTensor,
    weights: &RecurrentTensors<Flex>,
    steps: usize,
) -> Result<Lstm, Error> {
    let (inputs, hidden) = (weights.input.shape()[1], weights.hidden.shape()[1]);
    let layer = Lstm::new(input.shape()[0], steps, inputs, hidden)?;
    if input.shape().num_dims() == 2 {
        layer.with_shared_input()
    } else {
        Ok(layer)
    }
}
