use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::nothing;
use crate::Activation;
use crate::kernels::{Kernels, Saved};

#[derive(Debug)]
struct Linear;

impl<B: Kernels> Backward<B, 3> for Linear {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let wanted = [0, 1, 2].map(|at| ops.parents[at].is_some());
        let found = B::dense_backward(ops.state, gradient, wanted);
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
    activation: Activation,
) -> FloatTensor<Autodiff<B, C>> {
    let third = bias.as_ref().map_or_else(|| nothing::<B, C>(&input).node, |bias| bias.node.clone());
    let nodes = [input.node, weight.node, third];
    let (input, weight, bias) = (input.primitive, weight.primitive, bias.map(|bias| bias.primitive));
    match Linear.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(node) => {
            let output = B::dense(input.clone(), weight.clone(), bias, activation);
            let kept = activation.needs_output().then(|| output.clone());
            let saved = Saved { input, weight, output: kept, activation };
            node.finish(saved, output)
        }
        OpsKind::UnTracked(node) => node.finish(B::dense(input, weight, bias, activation)),
    }
}
