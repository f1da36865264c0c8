use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::conv::constant_parent;
use super::gradients::register_gradients;
use crate::Activation;
use crate::kernels::Kernels;
use crate::saved::SavedLayer;

#[derive(Debug)]
struct Linear;

impl<B: Kernels> Backward<B, 3> for Linear {
    type State = SavedLayer<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        // The first layer of a network has no input that needs a gradient: its product with the weights is then not
        // computed.
        register_gradients::<B, _, _, _>(ops, grads, B::dense_backward);
    }
}

/// Records a linear layer in the graph: a node with the parents input, weights and bias.
pub(super) fn record_linear<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: Option<FloatTensor<Autodiff<B, C>>>,
    activation: Activation,
) -> FloatTensor<Autodiff<B, C>> {
    let bias_node = bias.as_ref().map_or_else(
        || constant_parent::<B, C>(&input).node,
        |bias| bias.node.clone(),
    );
    let nodes = [input.node, weight.node, bias_node];
    let (input, weight, bias) = (
        input.primitive,
        weight.primitive,
        bias.map(|bias| bias.primitive),
    );
    match Linear.prepare::<C>(nodes).compute_bound().stateful() {
        // Something upstream needs a gradient: save what the backward pass reads.
        OpsKind::Tracked(node) => {
            let output = B::dense(input.clone(), weight.clone(), bias, activation);
            // The output is kept only for activations whose gradient is computed from it; clones share memory.
            let output_copy = activation.needs_output().then(|| output.clone());
            let saved = SavedLayer {
                input,
                weight,
                output: output_copy,
                activation,
            };
            node.finish(saved, output)
        }
        OpsKind::UnTracked(node) => node.finish(B::dense(input, weight, bias, activation)),
    }
}
