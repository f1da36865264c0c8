use std::iter::once;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::gradients::register_gradients;
use crate::kernels::Kernels;
use crate::saved::{RecurrentTensors, SavedLstm};

#[derive(Debug)]
struct Lstm;

impl<B: Kernels> Backward<B, 7> for Lstm {
    type State = SavedLstm<B>;

    fn backward(self, ops: Ops<Self::State, 7>, grads: &mut Gradients, _: &mut Checkpointer) {
        // The gradients of the weights and states come out of one pass; the input's costs a product more.
        register_gradients::<B, _, _, _>(ops, grads, |saved, gradient, wanted| {
            let (of_input, rest) = B::lstm_backward(saved, gradient, wanted[0]);
            once(of_input).chain(rest.map(Some))
        });
    }
}

/// Records an LSTM in the graph: a node with the parents input, four weights and two initial states.
pub(super) fn record_lstm<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    weights: RecurrentTensors<Autodiff<B, C>>,
    [hidden, cell]: [FloatTensor<Autodiff<B, C>>; 2],
    steps: usize,
) -> FloatTensor<Autodiff<B, C>> {
    let weights = weights.into_array();
    let [from_input, from_hidden, input_bias, hidden_bias] =
        weights.each_ref().map(|weight| weight.node.clone());
    // The order of the parents is that in which `lstm_backward` returns its gradients.
    let nodes = [
        input.node,
        from_input,
        from_hidden,
        input_bias,
        hidden_bias,
        hidden.node,
        cell.node,
    ];
    let (input, start) = (input.primitive, [hidden.primitive, cell.primitive]);
    let weights = RecurrentTensors::from_array(weights.map(|weight| weight.primitive));
    match Lstm.prepare::<C>(nodes).compute_bound().stateful() {
        // Something upstream needs a gradient: save what the backward pass reads.
        OpsKind::Tracked(node) => {
            // The trace holds the gates of all steps: without it the backward pass runs the forward pass again.
            let (output, trace) =
                B::lstm(input.clone(), weights.clone(), start.clone(), steps, true);
            let saved = SavedLstm {
                input,
                weights,
                start,
                trace,
            };
            node.finish(saved, output)
        }
        OpsKind::UnTracked(node) => node.finish(B::lstm(input, weights, start, steps, false).0),
    }
}
