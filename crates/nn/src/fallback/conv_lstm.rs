use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorMetadata};

use super::{slope_of_sigmoid, slope_of_tanh, unwrap, wrap};
use crate::kernels::{ConvLstmSaved, Saved};
use crate::{Activation, Kernels, Window};

pub(crate) fn conv_lstm<B: Kernels>(
    input: FloatTensor<B>,
    weight: &FloatTensor<B>,
    bias: Option<&FloatTensor<B>>,
    start: [FloatTensor<B>; 2],
) -> FloatTensor<B> {
    let steps = run::<B>(input, weight, bias, start);
    let cell = steps.last().map(|step| step.cell.clone());
    let rows = steps.into_iter().map(|step| step.hidden).chain(cell).collect();
    unwrap(Tensor::stack::<5>(rows, 1))
}

/// One step of the forward pass; all are `[batch, channels, height, width]`.
struct Step<B: Backend> {
    /// What the convolution saw: input and hidden state.
    seen: Tensor<B, 4>,
    /// Input, forget, output and cell gate, activated.
    gates: [Tensor<B, 4>; 4],
    hidden: Tensor<B, 4>,
    cell: Tensor<B, 4>,
}

fn run<B: Kernels>(
    input: FloatTensor<B>,
    weight: &FloatTensor<B>,
    bias: Option<&FloatTensor<B>>,
    [hidden, cell]: [FloatTensor<B>; 2],
) -> Vec<Step<B>> {
    let input: Tensor<B, 5> = wrap(input);
    let mut hidden: Tensor<B, 4> = wrap(hidden);
    let mut cell: Tensor<B, 4> = wrap(cell);
    let window = window_of::<B>(weight);
    let each = |step| {
        let seen = Tensor::cat(vec![image(&input, step), hidden.clone()], 1);
        let primitive = unwrap(seen.clone());
        let gates = B::conv(primitive, weight.clone(), bias.cloned(), &window, Activation::Identity);
        let [i, f, o, g] = quarters(&wrap(gates));
        let [i, f, o, g] = [sigmoid(i), sigmoid(f), sigmoid(o), g.tanh()];
        cell = f.clone() * cell.clone() + i.clone() * g.clone();
        hidden = o.clone() * cell.clone().tanh();
        Step { seen, gates: [i, f, o, g], hidden: hidden.clone(), cell: cell.clone() }
    };
    (0..input.dims()[1]).map(each).collect()
}

/// The forward pass is run again for its gates.
pub(crate) fn conv_lstm_backward<B: Kernels>(
    saved: ConvLstmSaved<B>,
    gradient: FloatTensor<B>,
    wants_input: bool,
) -> (Option<FloatTensor<B>>, [FloatTensor<B>; 4]) {
    let ConvLstmSaved { input, weight, bias, start, .. } = saved;
    let window = window_of::<B>(&weight);
    let inputs = input.shape()[2];
    let first_cell: Tensor<B, 4> = wrap(start[1].clone());
    let steps = run::<B>(input, &weight, bias.as_ref(), start);
    let gradient: Tensor<B, 5> = wrap(gradient);
    let mut of_cell = image(&gradient, steps.len());
    let mut of_hidden = of_cell.zeros_like();
    let mut of_input = Vec::new();
    let mut of_weight: Tensor<B, 4> = wrap::<B, 4>(weight.clone()).zeros_like();
    let mut of_bias = Tensor::<B, 1>::zeros([weight.shape()[0]], &gradient.device());
    for (at, step) in steps.iter().enumerate().rev() {
        let [i, f, o, g] = step.gates.clone();
        let before = if at == 0 { first_cell.clone() } else { steps[at - 1].cell.clone() };
        let activated = step.cell.clone().tanh();
        let dh = of_hidden + image(&gradient, at);
        let dc = of_cell + dh.clone() * o.clone() * slope_of_tanh(&activated);
        let gates = vec![
            dc.clone() * g.clone() * slope_of_sigmoid(&i),
            dc.clone() * before * slope_of_sigmoid(&f),
            dh * activated * slope_of_sigmoid(&o),
            dc.clone() * i * slope_of_tanh(&g),
        ];
        let saved = Saved {
            input: unwrap(step.seen.clone()),
            weight: weight.clone(),
            output: None,
            activation: Activation::Identity,
        };
        let [of_seen, of_weights, of_biases] =
            B::conv_backward(saved, &window, unwrap(Tensor::cat(gates, 1)), [true; 3]);
        of_weight = plus(of_weight, of_weights);
        of_bias = plus(of_bias, of_biases);
        let of_seen = plus(step.seen.zeros_like(), of_seen);
        let [_, channels, _, _] = of_seen.dims();
        of_hidden = part(&of_seen, inputs, channels);
        of_cell = dc * f;
        if wants_input {
            of_input.push(part(&of_seen, 0, inputs));
        }
    }
    of_input.reverse();
    (
        wants_input.then(|| unwrap(Tensor::stack::<5>(of_input, 1))),
        [unwrap(of_weight), unwrap(of_bias), unwrap(of_hidden), unwrap(of_cell)],
    )
}

/// A gradient that is not there is zero.
fn plus<B: Backend, const D: usize>(sum: Tensor<B, D>, more: Option<FloatTensor<B>>) -> Tensor<B, D> {
    match more {
        Some(more) => sum + wrap(more),
        None => sum,
    }
}

/// Zeros around the images keep their size.
fn window_of<B: Backend>(weight: &FloatTensor<B>) -> Window {
    let shape = weight.shape();
    let kernel = [1, shape[2], shape[3]];
    Window { padding: kernel.map(|size| size / 2), ..Window::volume(kernel) }
}

/// One step of `[batch, time, channels, height, width]`.
fn image<B: Backend>(sequence: &Tensor<B, 5>, step: usize) -> Tensor<B, 4> {
    let [batch, _, channels, height, width] = sequence.dims();
    let one = sequence.clone().slice([0..batch, step..step + 1, 0..channels, 0..height, 0..width]);
    one.squeeze_dim(1)
}

/// Some of the channels.
fn part<B: Backend>(images: &Tensor<B, 4>, from: usize, to: usize) -> Tensor<B, 4> {
    let [batch, _, height, width] = images.dims();
    images.clone().slice([0..batch, from..to, 0..height, 0..width])
}

fn quarters<B: Backend>(gates: &Tensor<B, 4>) -> [Tensor<B, 4>; 4] {
    let quarter = gates.dims()[1] / 4;
    [0, 1, 2, 3].map(|at| part(gates, at * quarter, (at + 1) * quarter))
}
