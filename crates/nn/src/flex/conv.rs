use burn::backend::Flex;
use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;
use oddframe_kernels::{Activation, Conv, Error, Volumes, Window};

use super::activation::{bias_gradient, gradient_before_activation};
use super::kernel::{expect_kernel, with_workspace};
use super::layout::{channels_first, channels_last, contiguous, from_channels_last, slice_values};
use super::pool::take_buffer;
use crate::saved::{LayerGradients, SavedLayer};

pub(super) fn conv(
    input: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    window: &Window,
    activation: Activation,
) -> FlexTensor {
    let (input, weight) = (channels_last(input), channels_first(weight));
    let bias = bias.map(channels_first);
    let mut shape = input.shape().to_vec();
    let layer = expect_kernel(plan_layer(&shape, &weight, window));
    let output = layer.output();
    let mut y = take_buffer(output.len());
    expect_kernel(run_forward(
        &layer,
        slice_values(&input),
        &weight,
        bias.as_ref(),
        activation,
        &mut y,
    ));
    drop(input);
    // The output has the channels and the size that the kernel planned; an image has no depth axis.
    shape[1] = output.channels();
    let axes = shape.len() - 2;
    shape[2..].copy_from_slice(&output.size()[3 - axes..]);
    from_channels_last(y, &shape)
}

/// The three gradients of a convolution. The convolution kernels know no activation: its gradient comes first.
pub(super) fn conv_backward(
    saved: SavedLayer<Flex>,
    window: &Window,
    gradient: FlexTensor,
    wanted: [bool; 3],
) -> LayerGradients<Flex> {
    let SavedLayer {
        input,
        weight,
        output,
        activation,
    } = saved;
    let (shape, weight) = (input.shape().to_vec(), channels_first(weight));
    let layer = expect_kernel(plan_layer(&shape, &weight, window));
    let gradient = gradient_before_activation(output, gradient, activation);
    let dy = slice_values(&gradient);
    let of_weight = wanted[1].then(|| {
        let input = channels_last(input);
        let mut dw = take_buffer(slice_values(&weight).len());
        expect_kernel(with_workspace(|scratch| {
            layer.weight_gradient(slice_values(&input), dy, &mut dw, scratch)
        }));
        // The input's gradient is of the same size and can take its memory from the pool.
        drop(input);
        contiguous(dw, &weight.shape())
    });
    // The gradient of a convolution's input is the transposed convolution of the output's gradient with the same
    // weights, and the other way round: the kernel for one is the forward kernel of the other.
    let of_input = wanted[0].then(|| {
        let mut dx = take_buffer(shape.iter().product());
        expect_kernel(with_workspace(|scratch| {
            layer.input_gradient(dy, slice_values(&weight), &mut dx, scratch)
        }));
        from_channels_last(dx, &shape)
    });
    let channels = layer.output().channels();
    let of_bias = wanted[2].then(|| bias_gradient(dy, channels));
    drop(gradient);
    [of_input, of_weight, of_bias]
}

/// Runs the forward kernel on weights that are not packed: in training they change with every step.
pub(super) fn run_forward(
    layer: &Conv,
    x: &[f32],
    weight: &FlexTensor,
    bias: Option<&FlexTensor>,
    activation: Activation,
    y: &mut [f32],
) -> Result<(), Error> {
    let bias = bias.map(slice_values);
    with_workspace(|scratch| {
        layer.forward_unpacked(x, slice_values(weight), bias, activation, y, scratch)
    })
}

fn plan_layer(shape: &[usize], weight: &FlexTensor, window: &Window) -> Result<Conv, Error> {
    // An image is a volume of depth 1: the kernels know volumes only.
    let mut size = [1; 3];
    size[5 - shape.len()..].copy_from_slice(&shape[2..]);
    let input = Volumes::new(shape[0], size, shape[1])?;
    Conv::new(input, window.output_channels(&weight.shape()), *window)
}
