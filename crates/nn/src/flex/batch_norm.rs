use burn::backend::Flex;
use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;
use oddframe_kernels::{Activation, BatchNorm, Error, Normalisation};

use super::kernel::expect_kernel;
use super::layout::{
    channels_first, channels_last, contiguous, from_channels_last, slice_values, slice_values_mut,
    with_layout_of,
};
use super::pool::take_buffer;
use crate::saved::{BatchNormOutput, SavedBatchNorm};

pub(super) fn batch_norm(
    input: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    epsilon: f64,
    activation: Activation,
) -> BatchNormOutput<Flex> {
    let (input, gamma, beta) = (
        channels_last(input),
        channels_first(gamma),
        channels_first(beta),
    );
    let shape = input.shape().to_vec();
    let layer = expect_kernel(plan_layer(&shape, epsilon, activation));
    let mut y = take_buffer(layer.len());
    // The kernel computes the moments in two passes and normalises in a third, with the activation fused.
    let (mut mean, mut variance) = (take_buffer(shape[1]), take_buffer(shape[1]));
    expect_kernel(layer.forward(
        slice_values(&input),
        slice_values(&gamma),
        slice_values(&beta),
        &mut y,
        &mut mean,
        &mut variance,
    ));
    drop(input);
    BatchNormOutput {
        output: from_channels_last(y, &shape),
        mean: contiguous(mean, &shape[1..2]),
        variance: contiguous(variance, &shape[1..2]),
    }
}

pub(super) fn batch_norm_backward(
    saved: SavedBatchNorm<Flex>,
    gradient: FlexTensor,
) -> [FlexTensor; 3] {
    let SavedBatchNorm {
        input,
        epsilon,
        activation,
        ..
    } = saved;
    let (input, mut gradient) = (channels_last(input), channels_last(gradient));
    let [gamma, beta, mean, variance] =
        [saved.gamma, saved.beta, saved.mean, saved.variance].map(channels_first);
    let channels = [gamma.shape()[0]];
    let by = Normalisation {
        gamma: slice_values(&gamma),
        beta: slice_values(&beta),
        mean: slice_values(&mean),
        variance: slice_values(&variance),
    };
    // Both gradients of the parameters are sums over all positions, and the input's gradient needs these sums: the
    // kernel makes one pass for the sums and one for the input's gradient.
    let layer = expect_kernel(plan_layer(&input.shape(), epsilon, activation));
    let (mut dgamma, mut dbeta) = (take_buffer(channels[0]), take_buffer(channels[0]));
    // The input's gradient overwrites the output's where nobody else holds that.
    let of_input = if gradient.is_unique() {
        let dy = slice_values_mut(&mut gradient);
        expect_kernel(layer.backward_in_place(
            slice_values(&input),
            dy,
            by,
            &mut dgamma,
            &mut dbeta,
        ));
        gradient
    } else {
        let (x, dy, mut dx) = (
            slice_values(&input),
            slice_values(&gradient),
            take_buffer(layer.len()),
        );
        expect_kernel(layer.backward(x, dy, by, &mut dx, &mut dgamma, &mut dbeta));
        with_layout_of(&gradient, dx)
    };
    drop(input);
    [
        of_input,
        contiguous(dgamma, &channels),
        contiguous(dbeta, &channels),
    ]
}

pub(super) fn batch_norm_inference(
    input: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    statistics: [FlexTensor; 2],
    epsilon: f64,
    activation: Activation,
) -> FlexTensor {
    let input = channels_last(input);
    let [gamma, beta] = [gamma, beta].map(channels_first);
    let [mean, variance] = statistics.map(channels_first);
    let by = Normalisation {
        gamma: slice_values(&gamma),
        beta: slice_values(&beta),
        mean: slice_values(&mean),
        variance: slice_values(&variance),
    };
    let shape = input.shape().to_vec();
    let layer = expect_kernel(plan_layer(&shape, epsilon, activation));
    let mut y = take_buffer(layer.len());
    expect_kernel(layer.forward_with(slice_values(&input), by, &mut y));
    drop(input);
    from_channels_last(y, &shape)
}

fn plan_layer(shape: &[usize], epsilon: f64, activation: Activation) -> Result<BatchNorm, Error> {
    let positions = shape.iter().product::<usize>() / shape[1].max(1);
    BatchNorm::new(positions, shape[1], epsilon)?.with_activation(activation)
}
