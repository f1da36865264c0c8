use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, Tensor, TensorMetadata};
use oddframe_kernels::Activation;

use super::activation::{activate, activation_gradient};
use super::linear::sum_except_axis;
use crate::saved::{BatchNormOutput, SavedBatchNorm};
use crate::tensors::{from_primitive, to_primitive};

pub(crate) fn batch_norm<B: Backend>(
    input: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    epsilon: f64,
    activation: Activation,
) -> BatchNormOutput<B> {
    let shape = input.shape();
    let x = channel_blocks::<B>(input);
    let [_, channels, _] = x.dims();
    // Two passes, mean first: E[x²] - E[x]² would cancel where the mean is large.
    let mean = channel_mean(x.clone());
    let centred = x - mean.clone();
    let variance = channel_mean(centred.clone().square());
    let scale = broadcast_channels::<B>(gamma) / (variance.clone() + epsilon).sqrt();
    let output = centred * scale + broadcast_channels::<B>(beta);
    BatchNormOutput {
        output: activate::<B>(B::float_reshape(to_primitive(output), shape), activation),
        mean: to_primitive(mean.reshape([channels]).detach()),
        variance: to_primitive(variance.reshape([channels]).detach()),
    }
}

pub(crate) fn batch_norm_backward<B: Backend>(
    saved: SavedBatchNorm<B>,
    gradient: FloatTensor<B>,
) -> [FloatTensor<B>; 3] {
    let shape = saved.input.shape();
    let x = channel_blocks::<B>(saved.input);
    let inverse = (broadcast_channels::<B>(saved.variance) + saved.epsilon)
        .sqrt()
        .recip();
    let normal = (x - broadcast_channels::<B>(saved.mean)) * inverse.clone();
    let gradient = B::float_reshape(gradient, normal.shape());
    // The output was not saved: it is cheap to compute again from the normalised values.
    let output = saved.activation.needs_output().then(|| {
        let scaled = normal.clone() * broadcast_channels::<B>(saved.gamma.clone())
            + broadcast_channels::<B>(saved.beta);
        activate::<B>(to_primitive(scaled), saved.activation)
    });
    let dy: Tensor<B, 3> =
        from_primitive(activation_gradient::<B>(output, gradient, saved.activation));
    // With n = (x - mean) / sigma and y = gamma n + beta:
    //   dbeta = sum dy, dgamma = sum dy n,
    //   dx = gamma / sigma (dy - mean(dy) - n mean(dy n)), since mean and variance depend on x as well.
    let of_beta = dy.clone().sum_dim(2).sum_dim(0);
    let of_gamma = (dy.clone() * normal.clone()).sum_dim(2).sum_dim(0);
    let spread = channel_mean(dy.clone()) + normal.clone() * channel_mean(dy.clone() * normal);
    let of_input = (dy - spread) * (inverse * broadcast_channels::<B>(saved.gamma));
    [
        B::float_reshape(to_primitive(of_input), shape),
        sum_except_axis::<B>(to_primitive(of_gamma), 1),
        sum_except_axis::<B>(to_primitive(of_beta), 1),
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
    // One multiplication and one addition per value, with the statistics folded into scale and shift.
    let scale =
        broadcast_channels::<B>(gamma) / (broadcast_channels::<B>(variance) + epsilon).sqrt();
    let shift = broadcast_channels::<B>(beta) - broadcast_channels::<B>(mean) * scale.clone();
    let output = channel_blocks::<B>(input) * scale + shift;
    activate::<B>(B::float_reshape(to_primitive(output), shape), activation)
}

/// The mean of each channel. The mean over positions comes first: a sum over everything overflows 16-bit floats.
fn channel_mean<B: Backend>(blocks: Tensor<B, 3>) -> Tensor<B, 3> {
    blocks.mean_dim(2).mean_dim(0)
}

/// A tensor of any rank as `[batch, channels, positions]`.
fn channel_blocks<B: Backend>(tensor: FloatTensor<B>) -> Tensor<B, 3> {
    let shape = tensor.shape();
    let positions = shape[2..].iter().product();
    from_primitive(B::float_reshape(
        tensor,
        Shape::from([shape[0], shape[1], positions]),
    ))
}

/// A vector of channels as `[1, channels, 1]`.
fn broadcast_channels<B: Backend>(vector: FloatTensor<B>) -> Tensor<B, 3> {
    let channels = vector.shape()[0];
    from_primitive(B::float_reshape(vector, Shape::from([1, channels, 1])))
}
