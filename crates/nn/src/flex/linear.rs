use burn::backend::Flex;
use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;
use oddframe_kernels::{Volumes, Workspace};

use super::activation::{before_activation_of_rows, of_bias};
use super::conv::{Layer, either, fitting, forward, with_workspace};
use super::dense::{channels_first, contiguous, values};
use super::pool::buffer;
use crate::kernels::{Gradients, Saved};
use crate::{Activation, Window};

/// Weights `[in, out]` are those of a transposed convolution of one position.
pub(super) fn linear(
    input: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    activation: Activation,
) -> FlexTensor {
    let (input, weight, bias) = (channels_first(input), channels_first(weight), bias.map(channels_first));
    let layer = layer_of(&input, &weight);
    let mut y = buffer(layer.output().len());
    fitting(forward(&layer, values(&input), &weight, bias.as_ref(), activation, &mut y));
    let mut shape = input.shape().to_vec();
    let last = shape.len() - 1;
    shape[last] = layer.output().channels();
    contiguous(y, &shape)
}

pub(super) fn linear_backward(
    saved: Saved<Flex>,
    gradient: FlexTensor,
    wanted: [bool; 3],
) -> Gradients<Flex> {
    let Saved { input, weight, output, activation } = saved;
    let (input, weight) = (channels_first(input), channels_first(weight));
    let layer = layer_of(&input, &weight);
    let gradient = before_activation_of_rows(output, gradient, activation);
    let dy = values(&gradient);
    let of_input = wanted[0].then(|| {
        let mut dx = buffer(values(&input).len());
        let run = |scratch: &mut Workspace| {
            either!(&layer, layer => layer.input_gradient(dy, values(&weight), &mut dx, scratch))
        };
        fitting(with_workspace(run));
        contiguous(dx, &input.shape())
    });
    let of_weight = wanted[1].then(|| {
        let mut dw = buffer(values(&weight).len());
        let run = |scratch: &mut Workspace| {
            either!(&layer, layer => layer.weight_gradient(values(&input), dy, &mut dw, scratch))
        };
        fitting(with_workspace(run));
        contiguous(dw, &weight.shape())
    });
    let channels = layer.output().channels();
    [of_input, of_weight, wanted[2].then(|| of_bias(dy, channels))]
}

fn layer_of(input: &FlexTensor, weight: &FlexTensor) -> Layer {
    let [inputs, outputs] = [weight.shape()[0], weight.shape()[1]];
    let window = Window { transposed: true, ..Window::volume([1; 3]) };
    let rows = input.layout().num_elements() / inputs;
    fitting(Volumes::rows(rows, inputs).and_then(|rows| Layer::new(rows, outputs, &window)))
}
