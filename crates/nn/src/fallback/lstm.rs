use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorMetadata};
use oddframe_kernels::Activation;

use super::activation::{sigmoid_slope, tanh_slope};
use super::linear::linear;
use crate::saved::{RecurrentTensors, SavedLstm};
use crate::tensors::{from_primitive, to_primitive};

pub(crate) fn lstm<B: Backend>(
    input: FloatTensor<B>,
    weights: RecurrentTensors<B>,
    start: [FloatTensor<B>; 2],
    steps: usize,
) -> FloatTensor<B> {
    let steps = run_steps::<B>(input, weights, start, steps);
    let cell = steps.last().map(|step| step.cell.clone());
    // One tensor holds the hidden states of all steps and, as its last row, the final cell state, because an autodiff
    // node has a single output.
    let rows = steps
        .into_iter()
        .map(|step| step.hidden)
        .chain(cell)
        .collect();
    to_primitive(Tensor::stack::<3>(rows, 1))
}

/// One step of the forward pass.
struct Step<B: Backend> {
    /// Input, forget, cell and output gate, activated, `[batch, hidden]` each.
    gates: [Tensor<B, 2>; 4],
    hidden: Tensor<B, 2>,
    cell: Tensor<B, 2>,
}

/// The recurrence of an LSTM with gates i (input), f (forget), g (cell), o (output):
///
/// ```text
/// (i, f, g, o) = (σ, σ, tanh, σ)(W_ih x + W_hh h + b_ih + b_hh)
/// c' = f c + i g
/// h' = o tanh(c')
/// ```
fn run_steps<B: Backend>(
    input: FloatTensor<B>,
    weights: RecurrentTensors<B>,
    [hidden, cell]: [FloatTensor<B>; 2],
    steps: usize,
) -> Vec<Step<B>> {
    let shared = input.rank() == 2;
    let mut hidden: Tensor<B, 2> = from_primitive(hidden);
    let mut cell: Tensor<B, 2> = from_primitive(cell);
    // The input's share of the gates does not depend on the recurrence: one matrix product computes all steps of it.
    let bias = B::float_add(weights.input_bias, weights.hidden_bias);
    let from_input = B::float_transpose(weights.input);
    let from_input = linear::<B>(input, from_input, Some(bias), Activation::Identity);
    let recurrent: Tensor<B, 2> = from_primitive(B::float_transpose(weights.hidden));
    let mut all = Vec::with_capacity(steps);
    for step in 0..steps {
        let from_input = from_input.clone();
        let from_input = if shared {
            from_primitive(from_input)
        } else {
            select_step(&from_primitive(from_input), step)
        };
        let gates = from_input + hidden.clone().matmul(recurrent.clone());
        let [i, f, g, o] = split_gates(&gates);
        let [i, f, g, o] = [sigmoid(i), sigmoid(f), g.tanh(), sigmoid(o)];
        cell = f.clone() * cell.clone() + i.clone() * g.clone();
        hidden = o.clone() * cell.clone().tanh();
        all.push(Step {
            gates: [i, f, g, o],
            hidden: hidden.clone(),
            cell: cell.clone(),
        });
    }
    all
}

/// Backpropagation through time. The forward pass runs again to recover its gates, which nothing saved.
pub(crate) fn lstm_backward<B: Backend>(
    saved: SavedLstm<B>,
    gradient: FloatTensor<B>,
    wants_input: bool,
) -> (Option<FloatTensor<B>>, [FloatTensor<B>; 6]) {
    let SavedLstm {
        input,
        weights,
        start,
        ..
    } = saved;
    let count = gradient.shape()[1] - 1;
    let steps = run_steps::<B>(input.clone(), weights.clone(), start.clone(), count);
    let gradient: Tensor<B, 3> = from_primitive(gradient);
    let recurrent: Tensor<B, 2> = from_primitive(weights.hidden);
    let [first_hidden, first_cell] = start.map(from_primitive::<B, 2>);
    // The last row of the gradient belongs to the final cell state.
    let mut of_cell = select_step(&gradient, steps.len());
    let mut of_hidden = of_cell.zeros_like();
    let mut of_gates = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate().rev() {
        let [i, f, g, o] = step.gates.clone();
        let before = if at == 0 {
            first_cell.clone()
        } else {
            steps[at - 1].cell.clone()
        };
        let activated = step.cell.clone().tanh();
        // dh comes from the output of this step and from the next step's gates; dc from h' = o tanh(c') and from the
        // next step's cell state.
        let dh = of_hidden + select_step(&gradient, at);
        let dc = of_cell + dh.clone() * o.clone() * tanh_slope(&activated);
        let gates = vec![
            dc.clone() * g.clone() * sigmoid_slope(&i),
            dc.clone() * before * sigmoid_slope(&f),
            dc.clone() * i * tanh_slope(&g),
            dh * activated * sigmoid_slope(&o),
        ];
        // The rows of the weights are ordered by gate: joined in that order, the four gradients are one matrix.
        let gates = Tensor::cat(gates, 1);
        // What flows back to the previous step: through W_hh to its hidden state, through the forget gate to its cell.
        of_hidden = gates.clone().matmul(recurrent.clone());
        of_cell = dc * f;
        of_gates.push(gates);
    }
    // The loop ran from the last step to the first; the products below need the order of time.
    of_gates.reverse();
    // With the gradients of all gates known, those of the weights are matrix products over all steps at once.
    let before = std::iter::once(first_hidden)
        .chain(steps.into_iter().map(|step| step.hidden))
        .take(count);
    let before: Tensor<B, 3> = Tensor::stack(before.collect(), 1);
    let of_gates: Tensor<B, 3> = Tensor::stack(of_gates, 1);
    let shared = input.rank() == 2;
    let (summed, input) = if shared {
        // One input for all steps receives the sum of their gradients.
        (
            of_gates.clone().sum_dim(1).squeeze_dim(1),
            from_primitive(input),
        )
    } else {
        (
            flatten_steps(of_gates.clone()),
            flatten_steps(from_primitive(input)),
        )
    };
    let of_input = wants_input.then(|| {
        let of_input = summed.clone().matmul(from_primitive(weights.input));
        let [_, features] = of_input.dims();
        let [batch, steps, _] = of_gates.dims();
        if shared {
            to_primitive(of_input)
        } else {
            to_primitive(of_input.reshape([batch, steps, features]))
        }
    });
    let columns = flatten_steps(of_gates).transpose();
    let of_bias = columns.clone().sum_dim(1).squeeze_dim::<1>(1);
    let rest = [
        to_primitive(summed.transpose().matmul(input)),
        to_primitive(columns.matmul(flatten_steps(before))),
        to_primitive(of_bias.clone()),
        to_primitive(of_bias),
        to_primitive(of_hidden),
        to_primitive(of_cell),
    ];
    (of_input, rest)
}

/// One step of `[batch, time, features]`.
pub(super) fn select_step<B: Backend>(sequence: &Tensor<B, 3>, step: usize) -> Tensor<B, 2> {
    let [batch, _, features] = sequence.dims();
    sequence
        .clone()
        .slice([0..batch, step..step + 1, 0..features])
        .squeeze_dim(1)
}

/// `[batch, time, features]` to `[batch * time, features]`.
pub(super) fn flatten_steps<B: Backend>(sequence: Tensor<B, 3>) -> Tensor<B, 2> {
    let [batch, steps, features] = sequence.dims();
    sequence.reshape([batch * steps, features])
}

/// `[batch, 4 * hidden]` as the four gates.
fn split_gates<B: Backend>(gates: &Tensor<B, 2>) -> [Tensor<B, 2>; 4] {
    let [batch, size] = gates.dims();
    let quarter = size / 4;
    [0, 1, 2, 3].map(|at| {
        gates
            .clone()
            .slice([0..batch, at * quarter..(at + 1) * quarter])
    })
}
