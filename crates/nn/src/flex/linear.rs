use burn::backend::Flex;
use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;
use oddframe_kernels::{Activation, Conv, Volumes, Window};

use super::activation::{bias_gradient, row_gradient_before_activation};
use super::conv::run_forward;
use super::kernel::{expect_kernel, with_workspace};
use super::layout::{channels_first, contiguous, slice_values};
use super::pool::take_buffer;
use crate::saved::{LayerGradients, SavedLayer};

/// A linear layer is a transposed convolution of one position: both have their weights as `[in, out]`.
pub(super) fn linear(
    input: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    activation: Activation,
) -> FlexTensor {
    let (input, weight, bias) = (
        channels_first(input),
        channels_first(weight),
        bias.map(channels_first),
    );
    // Rows are contiguous, features last: for a convolution of one position that is channels last already.
    let layer = plan_layer(&input, &weight);
    let mut y = take_buffer(layer.output().len());
    expect_kernel(run_forward(
        &layer,
        slice_values(&input),
        &weight,
        bias.as_ref(),
        activation,
        &mut y,
    ));
    let mut shape = input.shape().to_vec();
    let last = shape.len() - 1;
    shape[last] = layer.output().channels();
    contiguous(y, &shape)
}

pub(super) fn linear_backward(
    saved: SavedLayer<Flex>,
    gradient: FlexTensor,
    wanted: [bool; 3],
) -> LayerGradients<Flex> {
    let SavedLayer {
        input,
        weight,
        output,
        activation,
    } = saved;
    let (input, weight) = (channels_first(input), channels_first(weight));
    let layer = plan_layer(&input, &weight);
    let gradient = row_gradient_before_activation(output, gradient, activation);
    let dy = slice_values(&gradient);
    let of_input = wanted[0].then(|| {
        let mut dx = take_buffer(slice_values(&input).len());
        expect_kernel(with_workspace(|scratch| {
            layer.input_gradient(dy, slice_values(&weight), &mut dx, scratch)
        }));
        contiguous(dx, &input.shape())
    });
    let of_weight = wanted[1].then(|| {
        let mut dw = take_buffer(slice_values(&weight).len());
        expect_kernel(with_workspace(|scratch| {
            layer.weight_gradient(slice_values(&input), dy, &mut dw, scratch)
        }));
        contiguous(dw, &weight.shape())
    });
    let channels = layer.output().channels();
    [
        of_input,
        of_weight,
        wanted[2].then(|| bias_gradient(dy, channels)),
    ]
}

fn plan_layer(input: &FlexTensor, weight: &FlexTensor) -> Conv {
    let [inputs, outputs] = [weight.shape()[0], weight.shape()[1]];
    let window = Window::point().with_transposed(true);
    let rows = input.layout().num_elements() / inputs;
    expect_kernel(Volumes::rows(rows, inputs).and_then(|rows| Conv::new(rows, outputs, window)))
}
