use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use oddframe_kernels::Activation;

use super::activation::{sigmoid_slope, tanh_slope};
use super::linear::linear;
use super::lstm::{flatten_steps, select_step};
use crate::saved::{RecurrentTensors, SavedGru};
use crate::tensors::{from_primitive, to_primitive};

pub(crate) fn gru<B: Backend>(
    input: FloatTensor<B>,
    weights: RecurrentTensors<B>,
    start: FloatTensor<B>,
    steps: usize,
) -> FloatTensor<B> {
    let steps = run_steps::<B>(input, weights, start, steps);
    let rows = steps.into_iter().map(|step| step.hidden).collect();
    to_primitive(Tensor::stack::<3>(rows, 1))
}

/// One step of the forward pass, `[batch, hidden]` each.
struct Step<B: Backend> {
    /// Reset, update and new gate, activated.
    gates: [Tensor<B, 2>; 3],
    /// What the reset gate scales: the product of the state with the weights of the new gate, with its bias.
    new_from_hidden: Tensor<B, 2>,
    hidden: Tensor<B, 2>,
}

/// The recurrence of a GRU with gates r (reset), z (update), n (new):
///
/// ```text
/// (r, z) = σ(W_ih x + b_ih + W_hh h + b_hh)
/// n = tanh(W_in x + b_in + r (W_hn h + b_hn))
/// h' = (1 - z) n + z h
/// ```
fn run_steps<B: Backend>(
    input: FloatTensor<B>,
    weights: RecurrentTensors<B>,
    hidden: FloatTensor<B>,
    steps: usize,
) -> Vec<Step<B>> {
    let mut hidden: Tensor<B, 2> = from_primitive(hidden);
    // The input's share of the gates does not depend on the recurrence: one matrix product computes all steps of it.
    let from_input = B::float_transpose(weights.input);
    let bias = Some(weights.input_bias);
    let from_input = linear::<B>(input, from_input, bias, Activation::Identity);
    let from_input: Tensor<B, 3> = from_primitive(from_input);
    let recurrent = B::float_transpose(weights.hidden);
    let mut all = Vec::with_capacity(steps);
    for step in 0..steps {
        let from_hidden = linear::<B>(
            to_primitive(hidden.clone()),
            recurrent.clone(),
            Some(weights.hidden_bias.clone()),
            Activation::Identity,
        );
        let [reset, update, new] = split_gates(&select_step(&from_input, step));
        let [reset_hidden, update_hidden, new_from_hidden] =
            split_gates(&from_primitive(from_hidden));
        let reset = sigmoid(reset + reset_hidden);
        let update = sigmoid(update + update_hidden);
        let new = (new + reset.clone() * new_from_hidden.clone()).tanh();
        // (1 - z) n + z h, with one product less.
        hidden = new.clone() + update.clone() * (hidden - new.clone());
        all.push(Step {
            gates: [reset, update, new],
            new_from_hidden,
            hidden: hidden.clone(),
        });
    }
    all
}

/// Backpropagation through time. The forward pass runs again to recover its gates, which nothing saved.
pub(crate) fn gru_backward<B: Backend>(
    saved: SavedGru<B>,
    gradient: FloatTensor<B>,
    wants_input: bool,
) -> (Option<FloatTensor<B>>, [FloatTensor<B>; 5]) {
    let SavedGru {
        input,
        weights,
        start,
        ..
    } = saved;
    let gradient: Tensor<B, 3> = from_primitive(gradient);
    let [batch, count, _] = gradient.dims();
    let steps = run_steps::<B>(input.clone(), weights.clone(), start.clone(), count);
    let recurrent: Tensor<B, 2> = from_primitive(weights.hidden);
    let start: Tensor<B, 2> = from_primitive(start);
    let mut of_hidden = start.zeros_like();
    // The gradients of both products, from the last step to the first: they differ in the new gate alone.
    let (mut of_input_gates, mut of_hidden_gates) = (Vec::new(), Vec::new());
    for (at, step) in steps.iter().enumerate().rev() {
        let [reset, update, new] = step.gates.clone();
        let before = if at == 0 {
            start.clone()
        } else {
            steps[at - 1].hidden.clone()
        };
        let dh = of_hidden + select_step(&gradient, at);
        let kept = dh.clone() * update.clone();
        let of_new = (dh.clone() - kept.clone()) * tanh_slope(&new);
        let of_update = dh * (before - new) * sigmoid_slope(&update);
        let of_reset = of_new.clone() * step.new_from_hidden.clone() * sigmoid_slope(&reset);
        let both = Tensor::cat(vec![of_reset, of_update], 1);
        let of_products = Tensor::cat(vec![both.clone(), of_new.clone() * reset], 1);
        // What flows back to the previous step: through the update gate, and through W_hh.
        of_hidden = kept + of_products.clone().matmul(recurrent.clone());
        of_input_gates.push(Tensor::cat(vec![both, of_new], 1));
        of_hidden_gates.push(of_products);
    }
    of_input_gates.reverse();
    of_hidden_gates.reverse();
    // With the gradients of all gates known, those of the weights are matrix products over all steps at once.
    let before = std::iter::once(start)
        .chain(steps.into_iter().map(|step| step.hidden))
        .take(count);
    let before: Tensor<B, 3> = Tensor::stack(before.collect(), 1);
    let of_input_rows = flatten_steps(Tensor::stack::<3>(of_input_gates, 1));
    let input_columns = of_input_rows.clone().transpose();
    let hidden_columns = flatten_steps(Tensor::stack::<3>(of_hidden_gates, 1)).transpose();
    let of_input = wants_input.then(|| {
        let of_input = of_input_rows.matmul(from_primitive(weights.input));
        let [_, features] = of_input.dims();
        to_primitive(of_input.reshape([batch, count, features]))
    });
    let input = flatten_steps(from_primitive(input));
    let rest = [
        to_primitive(input_columns.clone().matmul(input)),
        to_primitive(hidden_columns.clone().matmul(flatten_steps(before))),
        to_primitive(input_columns.sum_dim(1).squeeze_dim::<1>(1)),
        to_primitive(hidden_columns.sum_dim(1).squeeze_dim::<1>(1)),
        to_primitive(of_hidden),
    ];
    (of_input, rest)
}

/// `[batch, 3 * hidden]` as the three gates.
fn split_gates<B: Backend>(gates: &Tensor<B, 2>) -> [Tensor<B, 2>; 3] {
    let third = gates.dims()[1] / 3;
    [0, 1, 2].map(|at| gates.clone().narrow(1, at * third, third))
}
