use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use crate::kernels::Kernels;
use crate::saved::{RecurrentWeights, SavedGru};

#[derive(Debug)]
struct Gru;

impl<B: Kernels> Backward<B, 6> for Gru {
    type State = SavedGru<B>;

    fn backward(self, ops: Ops<Self::State, 6>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        // The gradients of the weights and the state come out of one pass; the input's costs a product more.
        let wants_input = ops.parents[0].is_some();
        let (of_input, rest) = B::gru_backward(ops.state, gradient, wants_input);
        let gradients = std::iter::once(of_input).chain(rest.map(Some));
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(node), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

/// Records a GRU in the graph: a node with the parents input, four weights and the initial state.
pub(super) fn record_gru<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    weights: RecurrentWeights<Autodiff<B, C>>,
    start: FloatTensor<Autodiff<B, C>>,
    steps: usize,
) -> FloatTensor<Autodiff<B, C>> {
    let RecurrentWeights {
        input: from_input,
        hidden: from_hidden,
        input_bias,
        hidden_bias,
    } = weights;
    // The order of the parents is that in which `gru_backward` returns its gradients.
    let nodes = [
        input.node,
        from_input.node,
        from_hidden.node,
        input_bias.node,
        hidden_bias.node,
        start.node,
    ];
    let (input, start) = (input.primitive, start.primitive);
    let weights = RecurrentWeights {
        input: from_input.primitive,
        hidden: from_hidden.primitive,
        input_bias: input_bias.primitive,
        hidden_bias: hidden_bias.primitive,
    };
    match Gru.prepare::<C>(nodes).compute_bound().stateful() {
        // Something upstream needs a gradient: save what the backward pass reads.
        OpsKind::Tracked(node) => {
            let (output, trace) =
                B::gru(input.clone(), weights.clone(), start.clone(), steps, true);
            let saved = SavedGru {
                input,
                weights,
                start,
                trace,
            };
            node.finish(saved, output)
        }
        OpsKind::UnTracked(node) => node.finish(B::gru(input, weights, start, steps, false).0),
    }
}
