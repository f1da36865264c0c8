use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorMetadata};

use super::{linear, slope_of_sigmoid, slope_of_tanh, unwrap, wrap};
use crate::Activation;
use crate::kernels::{LstmSaved, LstmWeights};

pub(crate) fn lstm<B: Backend>(
    input: FloatTensor<B>,
    weights: LstmWeights<B>,
    start: [FloatTensor<B>; 2],
    steps: usize,
) -> FloatTensor<B> {
    let steps = run::<B>(input, weights, start, steps);
    let cell = steps.last().map(|step| step.cell.clone());
    let rows = steps.into_iter().map(|step| step.hidden).chain(cell).collect();
    unwrap(Tensor::stack::<3>(rows, 1))
}

/// One step of the forward pass.
struct Step<B: Backend> {
    /// Input, forget, cell and output gate, activated, `[batch, hidden]` each.
    gates: [Tensor<B, 2>; 4],
    hidden: Tensor<B, 2>,
    cell: Tensor<B, 2>,
}

fn run<B: Backend>(
    input: FloatTensor<B>,
    weights: LstmWeights<B>,
    [hidden, cell]: [FloatTensor<B>; 2],
    steps: usize,
) -> Vec<Step<B>> {
    let shared = input.rank() == 2;
    let mut hidden: Tensor<B, 2> = wrap(hidden);
    let mut cell: Tensor<B, 2> = wrap(cell);
    let bias = B::float_add(weights.input_bias, weights.hidden_bias);
    let from_input = B::float_transpose(weights.input);
    let from_input = linear::<B>(input, from_input, Some(bias), Activation::Identity);
    let recurrent: Tensor<B, 2> = wrap(B::float_transpose(weights.hidden));
    let each = |step| {
        let from_input = from_input.clone();
        let from_input = if shared { wrap(from_input) } else { row(&wrap(from_input), step) };
        let gates = from_input + hidden.clone().matmul(recurrent.clone());
        let [i, f, g, o] = quarters(&gates);
        let [i, f, g, o] = [sigmoid(i), sigmoid(f), g.tanh(), sigmoid(o)];
        cell = f.clone() * cell.clone() + i.clone() * g.clone();
        hidden = o.clone() * cell.clone().tanh();
        Step { gates: [i, f, g, o], hidden: hidden.clone(), cell: cell.clone() }
    };
    (0..steps).map(each).collect()
}

/// The forward pass is run again for its gates.
pub(crate) fn lstm_backward<B: Backend>(
    saved: LstmSaved<B>,
    gradient: FloatTensor<B>,
    wants_input: bool,
) -> (Option<FloatTensor<B>>, [FloatTensor<B>; 6]) {
    let LstmSaved { input, weights, start, .. } = saved;
    let count = gradient.shape()[1] - 1;
    let steps = run::<B>(input.clone(), weights.clone(), start.clone(), count);
    let gradient: Tensor<B, 3> = wrap(gradient);
    let recurrent: Tensor<B, 2> = wrap(weights.hidden);
    let [first_hidden, first_cell] = start.map(wrap::<B, 2>);
    let mut of_cell = row(&gradient, steps.len());
    let mut of_hidden = of_cell.zeros_like();
    let mut of_gates = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate().rev() {
        let [i, f, g, o] = step.gates.clone();
        let before = if at == 0 { first_cell.clone() } else { steps[at - 1].cell.clone() };
        let activated = step.cell.clone().tanh();
        let dh = of_hidden + row(&gradient, at);
        let dc = of_cell + dh.clone() * o.clone() * slope_of_tanh(&activated);
        let gates = vec![
            dc.clone() * g.clone() * slope_of_sigmoid(&i),
            dc.clone() * before * slope_of_sigmoid(&f),
            dc.clone() * i * slope_of_tanh(&g),
            dh * activated * slope_of_sigmoid(&o),
        ];
        let gates = Tensor::cat(gates, 1);
        of_hidden = gates.clone().matmul(recurrent.clone());
        of_cell = dc * f;
        of_gates.push(gates);
    }
    of_gates.reverse();
    let before = std::iter::once(first_hidden).chain(steps.into_iter().map(|step| step.hidden)).take(count);
    let before: Tensor<B, 3> = Tensor::stack(before.collect(), 1);
    let of_gates: Tensor<B, 3> = Tensor::stack(of_gates, 1);
    let shared = input.rank() == 2;
    let (summed, input) = if shared {
        (of_gates.clone().sum_dim(1).squeeze_dim(1), wrap(input))
    } else {
        (rows(of_gates.clone()), rows(wrap(input)))
    };
    let of_input = wants_input.then(|| {
        let of_input = summed.clone().matmul(wrap(weights.input));
        let [_, features] = of_input.dims();
        let [batch, steps, _] = of_gates.dims();
        if shared { unwrap(of_input) } else { unwrap(of_input.reshape([batch, steps, features])) }
    });
    let columns = rows(of_gates).transpose();
    let of_bias = columns.clone().sum_dim(1).squeeze_dim::<1>(1);
    let rest = [
        unwrap(summed.transpose().matmul(input)),
        unwrap(columns.matmul(rows(before))),
        unwrap(of_bias.clone()),
        unwrap(of_bias),
        unwrap(of_hidden),
        unwrap(of_cell),
    ];
    (of_input, rest)
}

/// One step of `[batch, time, features]`.
fn row<B: Backend>(sequence: &Tensor<B, 3>, step: usize) -> Tensor<B, 2> {
    let [batch, _, features] = sequence.dims();
    sequence.clone().slice([0..batch, step..step + 1, 0..features]).squeeze_dim(1)
}

fn rows<B: Backend>(sequence: Tensor<B, 3>) -> Tensor<B, 2> {
    let [batch, steps, features] = sequence.dims();
    sequence.reshape([batch * steps, features])
}

fn quarters<B: Backend>(gates: &Tensor<B, 2>) -> [Tensor<B, 2>; 4] {
    let [batch, size] = gates.dims();
    let quarter = size / 4;
    [0, 1, 2, 3].map(|at| gates.clone().slice([0..batch, at * quarter..(at + 1) * quarter]))
}
