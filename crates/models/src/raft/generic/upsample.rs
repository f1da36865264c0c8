use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use oddframe_nn::Kernels;

use crate::raft::parts::FACTOR;

/// Neighbours that a fine value is a combination of.
const NEIGHBOURS: usize = 9;

/// Convex upsampling: `[batch, 2, height, width]` to `[batch, 2, 8 * height, 8 * width]`, with weights from a mask
/// `[batch, 9 * 64, height, width]`.
pub(super) fn upsample_flow<B: Kernels>(flow: Tensor<B, 4>, mask: Tensor<B, 4>) -> Tensor<B, 4> {
    let [batch, planes, height, width] = flow.dims();
    let (positions, square) = (height * width, FACTOR * FACTOR);
    let weights = softmax(mask.reshape([batch, NEIGHBOURS, square, positions]), 1);
    // The flow at the nine positions around each, zero beyond the edge. Its unit is a fine pixel.
    let padded = (flow * FACTOR as f64).pad((1, 1, 1, 1), 0.0);
    let around: Vec<Tensor<B, 4>> = (0..NEIGHBOURS)
        .map(|at| {
            padded
                .clone()
                .narrow(2, at / 3, height)
                .narrow(3, at % 3, width)
                .reshape([batch, planes, 1, positions])
        })
        .collect();
    let around = Tensor::cat(around, 2);
    let fine = (0..planes).map(|plane| {
        let around = around
            .clone()
            .narrow(1, plane, 1)
            .reshape([batch, NEIGHBOURS, 1, positions]);
        // Every position becomes a square of rows and columns, which move next to the position's own row and column.
        (weights.clone() * around)
            .sum_dim(1)
            .reshape([batch, FACTOR, FACTOR, height, width])
            .permute([0, 3, 1, 4, 2])
            .reshape([batch, 1, height * FACTOR, width * FACTOR])
    });
    Tensor::cat(fine.collect(), 1)
}
