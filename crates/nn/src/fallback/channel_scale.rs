use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, TensorMetadata};

pub(crate) fn scale_channels<B: Backend>(
    input: FloatTensor<B>,
    factors: FloatTensor<B>,
) -> FloatTensor<B> {
    // One factor for each channel and item of the batch, broadcast over the positions.
    let shape = input.shape();
    let mut broadcast = vec![1; shape.num_dims()];
    broadcast[..2].copy_from_slice(&shape[..2]);
    B::float_mul(input, B::float_reshape(factors, Shape::from(broadcast)))
}
