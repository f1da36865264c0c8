use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorMetadata};
use oddframe_kernels::{Activation, Window};

use super::activation::{sigmoid_slope, tanh_slope};
use crate::saved::{LayerGradients, SavedConvLstm, SavedLayer};
use crate::tensors::{from_primitive, to_primitive};

/// The forward convolution of a backend, [`Operations::conv`](crate::kernels::Operations::conv).
type ConvForward<B> = fn(
    FloatTensor<B>,
    FloatTensor<B>,
    Option<FloatTensor<B>>,
    &Window,
    Activation,
) -> FloatTensor<B>;

/// The backward pass of the same convolution, [`Operations::conv_backward`](crate::kernels::Operations::conv_backward).
type ConvBackward<B> = fn(SavedLayer<B>, &Window, FloatTensor<B>, [bool; 3]) -> LayerGradients<B>;

/// The convolution of a backend: the recurrence runs on it, so that it is the native one where there is one.
pub(crate) struct Convolution<B: Backend> {
    pub(crate) forward: ConvForward<B>,
    pub(crate) backward: ConvBackward<B>,
}

pub(crate) fn conv_lstm<B: Backend>(
    conv: ConvForward<B>,
    input: FloatTensor<B>,
    weight: &FloatTensor<B>,
    bias: Option<&FloatTensor<B>>,
    start: [FloatTensor<B>; 2],
) -> FloatTensor<B> {
    let steps = run_steps::<B>(conv, input, weight, bias, start);
    let cell = steps.last().map(|step| step.cell.clone());
    // As for the LSTM: the hidden states of all steps, then the final cell state, in one tensor.
    let rows = steps
        .into_iter()
        .map(|step| step.hidden)
        .chain(cell)
        .collect();
    to_primitive(Tensor::stack::<5>(rows, 1))
}

/// One step of the forward pass; all tensors are `[batch, channels, height, width]`.
struct Step<B: Backend> {
    /// The convolution's input: the input joined with the hidden state.
    joined: Tensor<B, 4>,
    /// Input, forget, output and cell gate, activated.
    gates: [Tensor<B, 4>; 4],
    hidden: Tensor<B, 4>,
    cell: Tensor<B, 4>,
}

/// The recurrence of an LSTM with a convolution (`*`) in place of the matrix products, gates in the order i (input),
/// f (forget), o (output), g (cell): Shi et al., "Convolutional LSTM network" (2015), without peephole connections.
///
/// ```text
/// (i, f, o, g) = (σ, σ, σ, tanh)(W * [x, h] + b)
/// c' = f c + i g
/// h' = o tanh(c')
/// ```
fn run_steps<B: Backend>(
    conv: ConvForward<B>,
    input: FloatTensor<B>,
    weight: &FloatTensor<B>,
    bias: Option<&FloatTensor<B>>,
    [hidden, cell]: [FloatTensor<B>; 2],
) -> Vec<Step<B>> {
    let input: Tensor<B, 5> = from_primitive(input);
    let mut hidden: Tensor<B, 4> = from_primitive(hidden);
    let mut cell: Tensor<B, 4> = from_primitive(cell);
    let window = same_size_window::<B>(weight);
    let mut all = Vec::with_capacity(input.dims()[1]);
    for step in 0..input.dims()[1] {
        let joined = Tensor::cat(vec![select_step(&input, step), hidden.clone()], 1);
        let primitive = to_primitive(joined.clone());
        let gates = conv(
            primitive,
            weight.clone(),
            bias.cloned(),
            &window,
            Activation::Identity,
        );
        let [i, f, o, g] = split_gates(&from_primitive(gates));
        let [i, f, o, g] = [sigmoid(i), sigmoid(f), sigmoid(o), g.tanh()];
        cell = f.clone() * cell.clone() + i.clone() * g.clone();
        hidden = o.clone() * cell.clone().tanh();
        all.push(Step {
            joined,
            gates: [i, f, o, g],
            hidden: hidden.clone(),
            cell: cell.clone(),
        });
    }
    all
}

/// Backpropagation through time. The forward pass runs again to recover its gates, which nothing saved.
pub(crate) fn conv_lstm_backward<B: Backend>(
    conv: &Convolution<B>,
    saved: SavedConvLstm<B>,
    gradient: FloatTensor<B>,
    wants_input: bool,
) -> (Option<FloatTensor<B>>, [FloatTensor<B>; 4]) {
    let SavedConvLstm {
        input,
        weight,
        bias,
        start,
        ..
    } = saved;
    let window = same_size_window::<B>(&weight);
    let inputs = input.shape()[2];
    let first_cell: Tensor<B, 4> = from_primitive(start[1].clone());
    let steps = run_steps::<B>(conv.forward, input, &weight, bias.as_ref(), start);
    let gradient: Tensor<B, 5> = from_primitive(gradient);
    // The last image of the gradient belongs to the final cell state.
    let mut of_cell = select_step(&gradient, steps.len());
    let mut of_hidden = of_cell.zeros_like();
    let mut of_input = Vec::new();
    let mut of_weight: Tensor<B, 4> = from_primitive::<B, 4>(weight.clone()).zeros_like();
    let mut of_bias = Tensor::<B, 1>::zeros([weight.shape()[0]], &gradient.device());
    for (at, step) in steps.iter().enumerate().rev() {
        let [i, f, o, g] = step.gates.clone();
        let before = if at == 0 {
            first_cell.clone()
        } else {
            steps[at - 1].cell.clone()
        };
        let activated = step.cell.clone().tanh();
        // dh comes from the output of this step and from the next step's convolution; dc from h' = o tanh(c') and from
        // the next step's cell state.
        let dh = of_hidden + select_step(&gradient, at);
        let dc = of_cell + dh.clone() * o.clone() * tanh_slope(&activated);
        let gates = vec![
            dc.clone() * g.clone() * sigmoid_slope(&i),
            dc.clone() * before * sigmoid_slope(&f),
            dh * activated * sigmoid_slope(&o),
            dc.clone() * i * tanh_slope(&g),
        ];
        // The gates were one convolution: its backward pass gives the gradients of weights, bias and input.
        let saved = SavedLayer {
            input: to_primitive(step.joined.clone()),
            weight: weight.clone(),
            output: None,
            activation: Activation::Identity,
        };
        let [of_joined, of_weights, of_biases] = (conv.backward)(
            saved,
            &window,
            to_primitive(Tensor::cat(gates, 1)),
            [true; 3],
        );
        of_weight = add_gradient(of_weight, of_weights);
        of_bias = add_gradient(of_bias, of_biases);
        // The convolution's input was [x, h]: its gradient splits into theirs.
        let of_joined = add_gradient(step.joined.zeros_like(), of_joined);
        let [_, channels, _, _] = of_joined.dims();
        of_hidden = select_channels(&of_joined, inputs, channels);
        // The forget gate decides how much of the previous cell state reached this one, and so how much gradient flows
        // back.
        of_cell = dc * f;
        if wants_input {
            of_input.push(select_channels(&of_joined, 0, inputs));
        }
    }
    // The loop ran from the last step to the first.
    of_input.reverse();
    (
        wants_input.then(|| to_primitive(Tensor::stack::<5>(of_input, 1))),
        [
            to_primitive(of_weight),
            to_primitive(of_bias),
            to_primitive(of_hidden),
            to_primitive(of_cell),
        ],
    )
}

/// Adds a gradient; a missing one is zero.
fn add_gradient<B: Backend, const D: usize>(
    sum: Tensor<B, D>,
    gradient: Option<FloatTensor<B>>,
) -> Tensor<B, D> {
    match gradient {
        Some(gradient) => sum + from_primitive(gradient),
        None => sum,
    }
}

/// The window with as much zero padding as keeps the size of the images.
fn same_size_window<B: Backend>(weight: &FloatTensor<B>) -> Window {
    let shape = weight.shape();
    let kernel = [1, shape[2], shape[3]];
    Window::volume(kernel).with_padding(kernel.map(|size| size / 2))
}

/// One step of `[batch, time, channels, height, width]`.
fn select_step<B: Backend>(sequence: &Tensor<B, 5>, step: usize) -> Tensor<B, 4> {
    let [batch, _, channels, height, width] = sequence.dims();
    let one = sequence
        .clone()
        .slice([0..batch, step..step + 1, 0..channels, 0..height, 0..width]);
    one.squeeze_dim(1)
}

/// The channels from `from` up to `to`.
fn select_channels<B: Backend>(images: &Tensor<B, 4>, from: usize, to: usize) -> Tensor<B, 4> {
    let [batch, _, height, width] = images.dims();
    images
        .clone()
        .slice([0..batch, from..to, 0..height, 0..width])
}

/// `[batch, 4 * hidden, height, width]` as the four gates.
fn split_gates<B: Backend>(gates: &Tensor<B, 4>) -> [Tensor<B, 4>; 4] {
    let quarter = gates.dims()[1] / 4;
    [0, 1, 2, 3].map(|at| select_channels(gates, at * quarter, (at + 1) * quarter))
}
