use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::ops::FloatTensor;

use crate::Activation;
use crate::kernels::{Kernels, NormSaved, Normalised};

#[derive(Debug)]
struct BatchNorm;

impl<B: Kernels> Backward<B, 3> for BatchNorm {
    type State = NormSaved<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let found = B::batch_norm_backward(ops.state, gradient);
        for (parent, gradient) in ops.parents.into_iter().zip(found) {
            if let Some(node) = parent {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

pub(super) fn tracked<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    gamma: FloatTensor<Autodiff<B, C>>,
    beta: FloatTensor<Autodiff<B, C>>,
    epsilon: f64,
    activation: Activation,
) -> Normalised<Autodiff<B, C>> {
    let nodes = [input.node, gamma.node, beta.node];
    let (input, gamma, beta) = (input.primitive, gamma.primitive, beta.primitive);
    let (output, mean, variance) = match BatchNorm.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(node) => {
            let Normalised { output, mean, variance } =
                B::batch_norm(input.clone(), gamma.clone(), beta.clone(), epsilon, activation);
            let saved = NormSaved {
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
            let Normalised { output, mean, variance } =
                B::batch_norm(input, gamma, beta, epsilon, activation);
            (node.finish(output), mean, variance)
        }
    };
    Normalised {
        output,
        mean: Autodiff::<B, C>::from_inner(mean),
        variance: Autodiff::<B, C>::from_inner(variance),
    }
}
