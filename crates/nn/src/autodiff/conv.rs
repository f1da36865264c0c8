use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::nothing;
use crate::kernels::{Kernels, Saved};
use crate::{Activation, Window};

#[derive(Debug)]
struct Conv;

impl<B: Kernels> Backward<B, 3> for Conv {
    type State = (Saved<B>, Window);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let wanted = [0, 1, 2].map(|at| ops.parents[at].is_some());
        let (saved, window) = ops.state;
        let found = B::conv_backward(saved, &window, gradient, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip(found) {
            if let (Some(node), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

pub(super) fn tracked<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: Option<FloatTensor<Autodiff<B, C>>>,
    window: &Window,
    activation: Activation,
) -> FloatTensor<Autodiff<B, C>> {
    let third = bias.as_ref().map_or_else(|| nothing::<B, C>(&input).node, |bias| bias.node.clone());
    let nodes = [input.node, weight.node, third];
    let (input, weight, bias) = (input.primitive, weight.primitive, bias.map(|bias| bias.primitive));
    match Conv.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(node) => {
            let output = B::conv(input.clone(), weight.clone(), bias, window, activation);
            let kept = activation.needs_output().then(|| output.clone());
            let saved = Saved { input, weight, output: kept, activation };
            node.finish((saved, *window), output)
        }
        OpsKind::UnTracked(node) => node.finish(B::conv(input, weight, bias, window, activation)),
    }
}
