use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, TensorMetadata};

use super::{activate, activation_gradient, sum_but};
use crate::Activation;
use crate::kernels::{Gradients, Saved};

pub(crate) fn linear<B: Backend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    activation: Activation,
) -> FloatTensor<B> {
    let mut shape = input.shape();
    let (last, out) = (shape.num_dims() - 1, weight.shape()[1]);
    let sums = B::float_matmul(rows::<B>(input), weight);
    let sums = match bias {
        Some(bias) => B::float_add(sums, B::float_reshape(bias, Shape::from([1, out]))),
        None => sums,
    };
    shape[last] = out;
    B::float_reshape(activate::<B>(sums, activation), shape)
}

pub(crate) fn linear_backward<B: Backend>(
    saved: Saved<B>,
    gradient: FloatTensor<B>,
    wanted: [bool; 3],
) -> Gradients<B> {
    let Saved { input, weight, output, activation } = saved;
    let gradient = rows::<B>(activation_gradient::<B>(output, gradient, activation));
    let shape = input.shape();
    let of_input = wanted[0]
        .then(|| B::float_reshape(B::float_matmul(gradient.clone(), B::float_transpose(weight)), shape));
    let of_weight =
        wanted[1].then(|| B::float_matmul(B::float_transpose(rows::<B>(input)), gradient.clone()));
    [of_input, of_weight, wanted[2].then(|| sum_but::<B>(gradient, 1))]
}

/// All axes but the last as one.
fn rows<B: Backend>(tensor: FloatTensor<B>) -> FloatTensor<B> {
    let shape = tensor.shape();
    let last = shape.num_dims() - 1;
    let count = shape[..last].iter().product();
    B::float_reshape(tensor, Shape::from([count, shape[last]]))
}
