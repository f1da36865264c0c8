//! The operations of [`Kernels`](crate::Kernels) made of Burn's own.

mod activation;
mod adam;
mod batch_norm;
mod conv;
mod conv_lstm;
mod linear;
mod lstm;

pub(crate) use adam::adam;
pub(crate) use batch_norm::{batch_norm, batch_norm_backward, batch_norm_inference};
pub(crate) use conv::{conv, conv_backward};
pub(crate) use conv_lstm::{conv_lstm, conv_lstm_backward};
pub(crate) use linear::{linear, linear_backward};
pub(crate) use lstm::{lstm, lstm_backward};

use activation::{activate, activation_gradient};
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorPrimitive};

/// A tensor of a rank known to the caller.
fn wrap<B: Backend, const D: usize>(primitive: FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

fn unwrap<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

/// The slope of the logistic function where it gave `output`.
fn slope_of_sigmoid<B: Backend, const D: usize>(output: &Tensor<B, D>) -> Tensor<B, D> {
    output.clone() * (output.clone().neg() + 1.0)
}

/// The slope of the hyperbolic tangent where it gave `output`.
fn slope_of_tanh<B: Backend, const D: usize>(output: &Tensor<B, D>) -> Tensor<B, D> {
    output.clone().square().neg() + 1.0
}

/// The sum over everything but `axis`, as a vector.
fn sum_but<B: Backend>(tensor: FloatTensor<B>, axis: usize) -> FloatTensor<B> {
    use burn::tensor::{Shape, TensorMetadata};
    let shape = tensor.shape();
    let before: usize = shape[..axis].iter().product();
    let after: usize = shape[axis + 1..].iter().product();
    let blocks = wrap::<B, 3>(B::float_reshape(tensor, Shape::from([before, shape[axis], after])));
    unwrap(blocks.sum_dim(2).sum_dim(0).reshape([shape[axis]]))
}
