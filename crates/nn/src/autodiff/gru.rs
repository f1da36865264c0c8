use std::iter::once;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::gradients::register_gradients;
use crate::kernels::Kernels;
use crate::saved::{RecurrentTensors, SavedGru};

#[derive(Debug)]
struct Gru;

impl<B: Kernels> Backward<B, 6> for Gru {
    type State = SavedGru<B>;

    fn backward(self, ops: Ops<Self::State, 6>, grads: &mut Gradients, _: &mut Checkpointer) {
        // The gradients of the weights and the state come out of one pass; the input's costs a product more.
        register_gradients::<B, _, _, _>(ops, grads, |saved, gradient, wanted| {
            let (of_input, rest) = B::gru_backward(saved, gradient, wanted[0]);
            once(of_input).chain(rest.map(Some))
        });
    }
}

/// Records a GRU in the graph: a node with the parents input, four weights and the initial state.
pub(super) fn record_gru<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    weights: RecurrentTensors<Autodiff<B, C>>,
    start: FloatTensor<Autodiff<B, C>>,
    steps: usize,
) -> FloatTensor<Autodiff<B, C>> {
    let weights = weights.into_array();
    let [from_input, from_hidden, input_bias, hidden_bias] =
        weights.each_ref().map(|weight| weight.node.clone());
    // The order of the parents is that in which `gru_backward` returns its gradients.
    let nodes = [
        input.node,
        from_input,
        from_hidden,
        input_bias,
        hidden_bias,
        start.node,
    ];
    let (input, start) = (input.primitive, start.primitive);
    let weights = RecurrentTensors::from_array(weights.map(|weight| weight.primitive));
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
