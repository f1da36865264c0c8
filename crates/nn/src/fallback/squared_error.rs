use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, TensorMetadata};

use crate::saved::SavedSquaredError;

pub(crate) fn squared_error<B: Backend>(
    output: FloatTensor<B>,
    target: FloatTensor<B>,
) -> FloatTensor<B> {
    let difference = B::float_sub(output, target);
    B::float_mean(B::float_mul(difference.clone(), difference))
}

pub(crate) fn squared_error_backward<B: Backend>(
    saved: SavedSquaredError<B>,
    gradient: FloatTensor<B>,
    wanted: [bool; 2],
) -> [Option<FloatTensor<B>>; 2] {
    // The mean of (output - target)² over n values has the gradient 2 (output - target) / n with respect to the output,
    // and minus that with respect to the target.
    let shape = saved.output.shape();
    let count = shape.num_elements() as f64;
    let difference = B::float_sub(saved.output, saved.target);
    let one = B::float_reshape(gradient, Shape::from(vec![1; shape.num_dims()]));
    let of_output = B::float_mul(B::float_mul_scalar(difference, (2.0 / count).into()), one);
    let of_target = wanted[1].then(|| B::float_neg(of_output.clone()));
    [wanted[0].then_some(of_output), of_target]
}
