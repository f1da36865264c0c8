use std::sync::Arc;

use burn::backend::Flex;
use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;
use oddframe_kernels::{Error, Gru, GruGradients, GruTrace};

use super::kernel::{expect_kernel, with_workspace};
use super::layout::{channels_first, contiguous, contiguous_weights, kernel_weights, slice_values};
use super::pool::take_buffer;
use crate::saved::{KernelTrace, RecurrentTensors, SavedGru};

pub(super) fn gru(
    input: FlexTensor,
    weights: RecurrentTensors<Flex>,
    start: FlexTensor,
    steps: usize,
    keep: bool,
) -> (FlexTensor, Option<KernelTrace>) {
    let (input, weights) = (channels_first(input), contiguous_weights(weights));
    // The kernel advances the state in place, so that it needs a copy.
    let mut state = slice_values(&channels_first(start)).to_vec();
    let layer = expect_kernel(plan_layer(&input, &weights, steps));
    let mut y = take_buffer(layer.output_len());
    let mut trace = keep.then(GruTrace::new);
    expect_kernel(with_workspace(|scratch| {
        let (x, packed) = (slice_values(&input), layer.pack(kernel_weights(&weights))?);
        match &mut trace {
            Some(trace) => layer.forward_training(x, &packed, &mut state, &mut y, trace, scratch),
            None => layer.forward(x, &packed, &mut state, &mut y, scratch),
        }
    }));
    let shape = [input.shape()[0], steps, weights.hidden.shape()[1]];
    (
        contiguous(y, &shape),
        trace.map(|trace| KernelTrace(Arc::new(trace))),
    )
}

pub(super) fn gru_backward(
    saved: SavedGru<Flex>,
    trace: &GruTrace,
    gradient: FlexTensor,
    wants_input: bool,
) -> (Option<FlexTensor>, [FlexTensor; 5]) {
    let (input, weights) = (
        channels_first(saved.input),
        contiguous_weights(saved.weights),
    );
    let gradient = channels_first(gradient);
    let (steps, hidden) = (gradient.shape()[1], gradient.shape()[2]);
    let layer = expect_kernel(plan_layer(&input, &weights, steps));
    let mut state = vec![0.0; layer.state_len()];
    let mut dx = wants_input.then(|| take_buffer(layer.input_len()));
    let [mut from_input, mut from_hidden] =
        [&weights.input, &weights.hidden].map(|weight| take_buffer(slice_values(weight).len()));
    let [mut input_bias, mut hidden_bias] = [0, 1].map(|_| take_buffer(3 * hidden));
    let gradients = GruGradients {
        x: dx.as_deref_mut(),
        weight_ih: &mut from_input,
        weight_hh: &mut from_hidden,
        bias_ih: &mut input_bias,
        bias_hh: &mut hidden_bias,
        state: &mut state,
    };
    expect_kernel(with_workspace(|scratch| {
        layer.backward(
            slice_values(&input),
            kernel_weights(&weights),
            trace,
            slice_values(&gradient),
            gradients,
            scratch,
        )
    }));
    (
        dx.map(|dx| contiguous(dx, &input.shape())),
        [
            contiguous(from_input, &weights.input.shape()),
            contiguous(from_hidden, &weights.hidden.shape()),
            contiguous(input_bias, &[3 * hidden]),
            contiguous(hidden_bias, &[3 * hidden]),
            contiguous(state, &[input.shape()[0], hidden]),
        ],
    )
}

fn plan_layer(
    input: &FlexTensor,
    weights: &RecurrentTensors<Flex>,
    steps: usize,
) -> Result<Gru, Error> {
    let (inputs, hidden) = (weights.input.shape()[1], weights.hidden.shape()[1]);
    Gru::new(input.shape()[0], steps, inputs, hidden)
}
