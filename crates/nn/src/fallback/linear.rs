use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, TensorMetadata};
use oddframe_kernels::Activation;

use super::activation::{activate, activation_gradient};
use crate::saved::{LayerGradients, SavedLayer};
use crate::tensors::{from_primitive, to_primitive};

pub(crate) fn linear<B: Backend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    activation: Activation,
) -> FloatTensor<B> {
    let mut shape = input.shape();
    let (last, out) = (shape.num_dims() - 1, weight.shape()[1]);
    // All axes but the last are a batch of rows: one matrix product for tensors of any rank.
    let sums = B::float_matmul(flatten_to_rows::<B>(input), weight);
    let sums = match bias {
        Some(bias) => B::float_add(sums, B::float_reshape(bias, Shape::from([1, out]))),
        None => sums,
    };
    shape[last] = out;
    B::float_reshape(activate::<B>(sums, activation), shape)
}

/// For `y = x w + b`: `dx = dy wᵀ`, `dw = xᵀ dy`, `db` the sum of the rows of `dy`.
pub(crate) fn linear_backward<B: Backend>(
    saved: SavedLayer<B>,
    gradient: FloatTensor<B>,
    wanted: [bool; 3],
) -> LayerGradients<B> {
    let SavedLayer {
        input,
        weight,
        output,
        activation,
    } = saved;
    let gradient = flatten_to_rows::<B>(activation_gradient::<B>(output, gradient, activation));
    let shape = input.shape();
    let of_input = wanted[0].then(|| {
        B::float_reshape(
            B::float_matmul(gradient.clone(), B::float_transpose(weight)),
            shape,
        )
    });
    let of_weight = wanted[1].then(|| {
        B::float_matmul(
            B::float_transpose(flatten_to_rows::<B>(input)),
            gradient.clone(),
        )
    });
    [
        of_input,
        of_weight,
        wanted[2].then(|| sum_except_axis::<B>(gradient, 1)),
    ]
}

/// All axes but the last as one.
fn flatten_to_rows<B: Backend>(tensor: FloatTensor<B>) -> FloatTensor<B> {
    let shape = tensor.shape();
    let last = shape.num_dims() - 1;
    let count = shape[..last].iter().product();
    B::float_reshape(tensor, Shape::from([count, shape[last]]))
}

/// The sum over every axis except `axis`, as a vector: the gradient of a bias along that axis.
pub(super) fn sum_except_axis<B: Backend>(tensor: FloatTensor<B>, axis: usize) -> FloatTensor<B> {
    let shape = tensor.shape();
    let before: usize = shape[..axis].iter().product();
    let after: usize = shape[axis + 1..].iter().product();
    // Three axes, whatever the rank: [before, axis, after].
    let blocks = from_primitive::<B, 3>(B::float_reshape(
        tensor,
        Shape::from([before, shape[axis], after]),
    ));
    to_primitive(blocks.sum_dim(2).sum_dim(0).reshape([shape[axis]]))
}
