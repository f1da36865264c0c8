use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::gradients::register_gradients;
use crate::kernels::Kernels;
use crate::saved::SavedSquaredError;

#[derive(Debug)]
struct SquaredError;

impl<B: Kernels> Backward<B, 2> for SquaredError {
    type State = SavedSquaredError<B>;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        register_gradients::<B, _, _, _>(ops, grads, B::squared_error_backward);
    }
}

/// Records the mean squared error in the graph: a node with the parents output and target.
pub(super) fn record_squared_error<B: Kernels, C: CheckpointStrategy>(
    output: FloatTensor<Autodiff<B, C>>,
    target: FloatTensor<Autodiff<B, C>>,
) -> FloatTensor<Autodiff<B, C>> {
    let nodes = [output.node, target.node];
    let (output, target) = (output.primitive, target.primitive);
    match SquaredError.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(node) => {
            let saved = SavedSquaredError {
                output: output.clone(),
                target: target.clone(),
            };
            node.finish(saved, B::squared_error(output, target))
        }
        OpsKind::UnTracked(node) => node.finish(B::squared_error(output, target)),
    }
}
