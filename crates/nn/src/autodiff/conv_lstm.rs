use std::iter::once;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::conv::constant_parent;
use super::gradients::register_gradients;
use crate::kernels::Kernels;
use crate::saved::SavedConvLstm;

#[derive(Debug)]
struct ConvLstm;

impl<B: Kernels> Backward<B, 5> for ConvLstm {
    type State = SavedConvLstm<B>;

    fn backward(self, ops: Ops<Self::State, 5>, grads: &mut Gradients, _: &mut Checkpointer) {
        // The input of the first layer needs no gradient, which saves part of each step's convolution.
        register_gradients::<B, _, _, _>(ops, grads, |saved, gradient, wanted| {
            let (of_input, rest) = B::conv_lstm_backward(saved, gradient, wanted[0]);
            once(of_input).chain(rest.map(Some))
        });
    }
}

/// Records a convolutional LSTM in the graph: a node with the parents input, weights, bias and two initial states.
pub(super) fn record_conv_lstm<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: Option<FloatTensor<Autodiff<B, C>>>,
    [hidden, cell]: [FloatTensor<Autodiff<B, C>>; 2],
) -> FloatTensor<Autodiff<B, C>> {
    let bias_node = bias.as_ref().map_or_else(
        || constant_parent::<B, C>(&input).node,
        |bias| bias.node.clone(),
    );
    let nodes = [input.node, weight.node, bias_node, hidden.node, cell.node];
    let (input, weight, bias) = (
        input.primitive,
        weight.primitive,
        bias.map(|bias| bias.primitive),
    );
    let start = [hidden.primitive, cell.primitive];
    match ConvLstm.prepare::<C>(nodes).compute_bound().stateful() {
        // Something upstream needs a gradient: save what the backward pass reads.
        OpsKind::Tracked(node) => {
            let (output, trace) = B::conv_lstm(
                input.clone(),
                weight.clone(),
                bias.clone(),
                start.clone(),
                true,
            );
            node.finish(
                SavedConvLstm {
                    input,
                    weight,
                    bias,
                    start,
                    trace,
                },
                output,
            )
        }
        OpsKind::UnTracked(node) => node.finish(B::conv_lstm(input, weight, bias, start, false).0),
    }
}
