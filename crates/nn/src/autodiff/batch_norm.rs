use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::ops::FloatTensor;

use super::gradients::register_gradients;
use crate::Activation;
use crate::kernels::Kernels;
use crate::saved::{BatchNormOutput, SavedBatchNorm};

#[derive(Debug)]
struct BatchNorm;

impl<B: Kernels> Backward<B, 3> for BatchNorm {
    type State = SavedBatchNorm<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        // The same two passes over the input give all three gradients, so all are computed even if some are not needed.
        register_gradients::<B, _, _, _>(ops, grads, |saved, gradient, _| {
            B::batch_norm_backward(saved, gradient).map(Some)
        });
    }
}

/// Records batch normalisation in the graph: a node with the parents input, gamma and beta.
pub(super) fn record_batch_norm<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    gamma: FloatTensor<Autodiff<B, C>>,
    beta: FloatTensor<Autodiff<B, C>>,
    epsilon: f64,
    activation: Activation,
) -> BatchNormOutput<Autodiff<B, C>> {
    let nodes = [input.node, gamma.node, beta.node];
    let (input, gamma, beta) = (input.primitive, gamma.primitive, beta.primitive);
    let (output, mean, variance) = match BatchNorm.prepare::<C>(nodes).compute_bound().stateful() {
        // Something upstream needs a gradient: save what the backward pass reads.
        OpsKind::Tracked(node) => {
            let BatchNormOutput {
                output,
                mean,
                variance,
            } = B::batch_norm(
                input.clone(),
                gamma.clone(),
                beta.clone(),
                epsilon,
                activation,
            );
            // The input is saved and not the output: the backward pass computes the output again from input and
            // statistics.
            let saved = SavedBatchNorm {
                input,
                mean: mean.clone(),
                variance: variance.clone(),
                gamma,
                beta,
                epsilon,
                activation,
            };
            (node.finish(saved, output), mean, variance)
        }
        OpsKind::UnTracked(node) => {
            let BatchNormOutput {
                output,
                mean,
                variance,
            } = B::batch_norm(input, gamma, beta, epsilon, activation);
            (node.finish(output), mean, variance)
        }
    };
    BatchNormOutput {
        // The statistics only update the running ones: they are constants of the graph.
        output,
        mean: Autodiff::<B, C>::from_inner(mean),
        variance: Autodiff::<B, C>::from_inner(variance),
    }
}
