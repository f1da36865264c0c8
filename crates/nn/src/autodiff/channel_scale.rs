use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::gradients::register_gradients;
use crate::kernels::Kernels;

#[derive(Debug)]
struct ScaleChannels;

impl<B: Kernels> Backward<B, 1> for ScaleChannels {
    /// The factors.
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        register_gradients::<B, _, _, _>(ops, grads, |factors, gradient, _| {
            [Some(B::scale_channels(gradient, factors))]
        });
    }
}

/// Records the product with constant factors in the graph: a node with the parent input.
pub(super) fn record_scale_channels<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    factors: FloatTensor<B>,
) -> FloatTensor<Autodiff<B, C>> {
    let nodes = [input.node];
    let prepared = ScaleChannels.prepare::<C>(nodes).compute_bound();
    match prepared.stateful() {
        OpsKind::Tracked(node) => {
            let output = B::scale_channels(input.primitive, factors.clone());
            node.finish(factors, output)
        }
        OpsKind::UnTracked(node) => node.finish(B::scale_channels(input.primitive, factors)),
    }
}
