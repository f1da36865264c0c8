use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, Tensor, TensorMetadata};

use super::{activate, activation_gradient, sum_but, unwrap, wrap};
use crate::Activation;
use crate::kernels::{NormSaved, Normalised};

pub(crate) fn batch_norm<B: Backend>(
    input: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    epsilon: f64,
    activation: Activation,
) -> Normalised<B> {
    let shape = input.shape();
    let x = blocks::<B>(input);
    let [_, channels, _] = x.dims();
    let mean = average(x.clone());
    let centred = x - mean.clone();
    let variance = average(centred.clone().square());
    let scale = per_channel::<B>(gamma) / (variance.clone() + epsilon).sqrt();
    let output = centred * scale + per_channel::<B>(beta);
    Normalised {
        output: activate::<B>(B::float_reshape(unwrap(output), shape), activation),
        mean: unwrap(mean.reshape([channels]).detach()),
        variance: unwrap(variance.reshape([channels]).detach()),
    }
}

pub(crate) fn batch_norm_backward<B: Backend>(
    saved: NormSaved<B>,
    gradient: FloatTensor<B>,
) -> [FloatTensor<B>; 3] {
    let shape = saved.input.shape();
    let x = blocks::<B>(saved.input);
    let inverse = (per_channel::<B>(saved.variance) + saved.epsilon).sqrt().recip();
    let normal = (x - per_channel::<B>(saved.mean)) * inverse.clone();
    let gradient = B::float_reshape(gradient, normal.shape());
    let output = saved.activation.needs_output().then(|| {
        let scaled = normal.clone() * per_channel::<B>(saved.gamma.clone()) + per_channel::<B>(saved.beta);
        activate::<B>(unwrap(scaled), saved.activation)
    });
    let dy: Tensor<B, 3> = wrap(activation_gradient::<B>(output, gradient, saved.activation));
    let of_beta = dy.clone().sum_dim(2).sum_dim(0);
    let of_gamma = (dy.clone() * normal.clone()).sum_dim(2).sum_dim(0);
    let spread = average(dy.clone()) + normal.clone() * average(dy.clone() * normal);
    let of_input = (dy - spread) * (inverse * per_channel::<B>(saved.gamma));
    [
        B::float_reshape(unwrap(of_input), shape),
        sum_but::<B>(unwrap(of_gamma), 1),
        sum_but::<B>(unwrap(of_beta), 1),
    ]
}

pub(crate) fn batch_norm_inference<B: Backend>(
    input: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    [mean, variance]: [FloatTensor<B>; 2],
    epsilon: f64,
    activation: Activation,
) -> FloatTensor<B> {
    let shape = input.shape();
    let scale = per_channel::<B>(gamma) / (per_channel::<B>(variance) + epsilon).sqrt();
    let shift = per_channel::<B>(beta) - per_channel::<B>(mean) * scale.clone();
    let output = blocks::<B>(input) * scale + shift;
    activate::<B>(B::float_reshape(unwrap(output), shape), activation)
}

/// The mean of each channel, never by way of a sum, which 16-bit floats cannot hold.
fn average<B: Backend>(blocks: Tensor<B, 3>) -> Tensor<B, 3> {
    blocks.mean_dim(2).mean_dim(0)
}

/// `[batch, channels, positions]`.
fn blocks<B: Backend>(tensor: FloatTensor<B>) -> Tensor<B, 3> {
    let shape = tensor.shape();
    let positions = shape[2..].iter().product();
    wrap(B::float_reshape(tensor, Shape::from([shape[0], shape[1], positions])))
}

fn per_channel<B: Backend>(vector: FloatTensor<B>) -> Tensor<B, 3> {
    let channels = vector.shape()[0];
    wrap(B::float_reshape(vector, Shape::from([1, channels, 1])))
}
