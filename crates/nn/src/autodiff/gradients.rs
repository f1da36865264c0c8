use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;

/// Computes the gradients of a node's parents with `backward` and adds them to those of the graph.
///
/// `backward` takes what the node saved, the gradient of its output, and which parents want one: a parent without a node is
/// a constant or requires no gradient, so that none needs to be computed. It returns the gradients in the order of the
/// parents.
pub(super) fn register_gradients<B, S, I, const N: usize>(
    ops: Ops<S, N>,
    grads: &mut Gradients,
    backward: impl FnOnce(S, FloatTensor<B>, [bool; N]) -> I,
) where
    B: Backend,
    I: IntoIterator<Item = Option<FloatTensor<B>>>,
{
    let gradient = grads.consume::<B>(&ops.node);
    let wanted = ops.parents.each_ref().map(Option::is_some);
    let gradients = backward(ops.state, gradient, wanted);
    for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
        if let (Some(node), Some(gradient)) = (parent, gradient) {
            grads.register::<B>(node.id, gradient);
        }
    }
}
