use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::TensorMetadata;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::ops::FloatTensor;

use super::gradients::register_gradients;
use crate::kernels::Kernels;
use crate::saved::SavedLayer;
use crate::{Activation, Window};

#[derive(Debug)]
struct Conv;

impl<B: Kernels> Backward<B, 3> for Conv {
    type State = (SavedLayer<B>, Window);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        register_gradients::<B, _, _, _>(ops, grads, |(saved, window), gradient, wanted| {
            B::conv_backward(saved, &window, gradient, wanted)
        });
    }
}

/// Records a convolution in the graph: a node with the parents input, weights and bias.
pub(super) fn record_conv<B: Kernels, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: Option<FloatTensor<Autodiff<B, C>>>,
    window: &Window,
    activation: Activation,
) -> FloatTensor<Autodiff<B, C>> {
    let bias_node = bias.as_ref().map_or_else(
        || constant_parent::<B, C>(&input).node,
        |bias| bias.node.clone(),
    );
    // The bound is compute, not memory: recomputing the forward pass would cost more than keeping its operands.
    let nodes = [input.node, weight.node, bias_node];
    let (input, weight, bias) = (
        input.primitive,
        weight.primitive,
        bias.map(|bias| bias.primitive),
    );
    match Conv.prepare::<C>(nodes).compute_bound().stateful() {
        // Something upstream needs a gradient: save what the backward pass reads.
        OpsKind::Tracked(node) => {
            let output = B::conv(input.clone(), weight.clone(), bias, window, activation);
            let output_copy = activation.needs_output().then(|| output.clone());
            let saved = SavedLayer {
                input,
                weight,
                output: output_copy,
                activation,
            };
            node.finish((saved, *window), output)
        }
        OpsKind::UnTracked(node) => node.finish(B::conv(input, weight, bias, window, activation)),
    }
}

/// A constant of one zero that takes the place of a missing parent; it requests no gradient.
pub(super) fn constant_parent<B: Backend, C: CheckpointStrategy>(
    like: &FloatTensor<Autodiff<B, C>>,
) -> FloatTensor<Autodiff<B, C>> {
    let inner = &like.primitive;
    Autodiff::<B, C>::from_inner(B::float_zeros(
        [1].into(),
        &B::float_device(inner),
        inner.dtype().into(),
    ))
}
