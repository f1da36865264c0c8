use burn::backend::Flex;
use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;
use oddframe_kernels::{BatchNorm, Error, Normalisation};

use super::conv::{fitting, kernel_activation};
use super::dense::{channels_first, channels_last, contiguous, from_channels_last, like, values, values_mut};
use super::pool::buffer;
use crate::Activation;
use crate::kernels::{NormSaved, Normalised};

pub(super) fn batch_norm(
    input: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    epsilon: f64,
    activation: Activation,
) -> Normalised<Flex> {
    let (input, gamma, beta) = (channels_last(input), channels_first(gamma), channels_first(beta));
    let shape = input.shape().to_vec();
    let layer = fitting(layer_of(&shape, epsilon, activation));
    let mut y = buffer(layer.len());
    let (mut mean, mut variance) = (buffer(shape[1]), buffer(shape[1]));
    fitting(layer.forward(values(&input), values(&gamma), values(&beta), &mut y, &mut mean, &mut variance));
    drop(input);
    Normalised {
        output: from_channels_last(y, &shape),
        mean: contiguous(mean, &shape[1..2]),
        variance: contiguous(variance, &shape[1..2]),
    }
}

pub(super) fn batch_norm_backward(saved: NormSaved<Flex>, gradient: FlexTensor) -> [FlexTensor; 3] {
    let NormSaved { input, epsilon, activation, .. } = saved;
    let (input, mut gradient) = (channels_last(input), channels_last(gradient));
    let [gamma, beta, mean, variance] =
        [saved.gamma, saved.beta, saved.mean, saved.variance].map(channels_first);
    let channels = [gamma.shape()[0]];
    let by = Normalisation {
        gamma: values(&gamma),
        beta: values(&beta),
        mean: values(&mean),
        variance: values(&variance),
    };
    let layer = fitting(layer_of(&input.shape(), epsilon, activation));
    let (mut dgamma, mut dbeta) = (buffer(channels[0]), buffer(channels[0]));
    let of_input = if gradient.is_unique() {
        let dy = values_mut(&mut gradient);
        fitting(layer.backward_in_place(values(&input), dy, by, &mut dgamma, &mut dbeta));
        gradient
    } else {
        let (x, dy, mut dx) = (values(&input), values(&gradient), buffer(layer.len()));
        fitting(layer.backward(x, dy, by, &mut dx, &mut dgamma, &mut dbeta));
        like(&gradient, dx)
    };
    drop(input);
    [of_input, contiguous(dgamma, &channels), contiguous(dbeta, &channels)]
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
        gamma: values(&gamma),
        beta: values(&beta),
        mean: values(&mean),
        variance: values(&variance),
    };
    let shape = input.shape().to_vec();
    let layer = fitting(layer_of(&shape, epsilon, activation));
    let mut y = buffer(layer.len());
    fitting(layer.forward_with(values(&input), by, &mut y));
    drop(input);
    from_channels_last(y, &shape)
}

fn layer_of(shape: &[usize], epsilon: f64, activation: Activation) -> Result<BatchNorm, Error> {
    let positions = shape.iter().product::<usize>() / shape[1].max(1);
    BatchNorm::new(positions, shape[1], epsilon)?.with_activation(kernel_activation(activation))
}
