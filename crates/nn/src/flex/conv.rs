use std::cell::RefCell;

use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;
use oddframe_kernels::{Conv, ConvTranspose, Error, Volumes, Workspace};

use super::activation::{before_activation, of_bias};
use super::dense::{channels_first, channels_last, contiguous, from_channels_last, values};
use super::pool::buffer;
use crate::kernels::{Gradients, Saved};
use crate::{Activation, Window};
use burn::backend::Flex;

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Calls `run` with this thread's scratch memory.
pub(super) fn with_workspace<T>(run: impl FnOnce(&mut Workspace) -> T) -> T {
    WORKSPACE.with_borrow_mut(run)
}

/// A plain or a transposed convolution: the two have the same operations.
#[derive(Debug, Clone)]
pub(crate) enum Layer {
    Plain(Conv),
    Transposed(ConvTranspose),
}

macro_rules! either {
    ($layer:expr, $inner:ident => $call:expr) => {
        match $layer {
            Layer::Plain($inner) => $call,
            Layer::Transposed($inner) => $call,
        }
    };
}
pub(crate) use either;

impl Layer {
    pub(crate) fn new(input: Volumes, outputs: usize, window: &Window) -> Result<Self, Error> {
        let plain = oddframe_kernels::Window::volume(window.kernel)
            .with_stride(window.stride)
            .with_padding(window.padding)
            .with_dilation(window.dilation)
            .with_output_padding(window.output_padding)
            .with_groups(window.groups);
        Ok(if window.transposed {
            Self::Transposed(ConvTranspose::new(input, outputs, plain)?)
        } else {
            Self::Plain(Conv::new(input, outputs, plain)?)
        })
    }

    pub(crate) fn output(&self) -> Volumes {
        either!(self, layer => layer.output())
    }
}

/// The kernels' name of an activation.
pub(crate) fn kernel_activation(activation: Activation) -> oddframe_kernels::Activation {
    use oddframe_kernels::Activation as Kernel;
    match activation {
        Activation::Identity => Kernel::Identity,
        Activation::Relu => Kernel::Relu,
        Activation::LeakyRelu(slope) => Kernel::LeakyRelu(slope),
        Activation::Sigmoid => Kernel::Sigmoid,
        Activation::Tanh => Kernel::Tanh,
    }
}

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
    let layer = fitting(layer_of(&shape, &weight, window));
    let output = layer.output();
    let mut y = buffer(output.len());
    fitting(forward(&layer, values(&input), &weight, bias.as_ref(), activation, &mut y));
    drop(input);
    shape[1] = output.channels();
    let axes = shape.len() - 2;
    shape[2..].copy_from_slice(&output.size()[3 - axes..]);
    from_channels_last(y, &shape)
}

pub(super) fn conv_backward(
    saved: Saved<Flex>,
    window: &Window,
    gradient: FlexTensor,
    wanted: [bool; 3],
) -> Gradients<Flex> {
    let Saved { input, weight, output, activation } = saved;
    let (shape, weight) = (input.shape().to_vec(), channels_first(weight));
    let layer = fitting(layer_of(&shape, &weight, window));
    let gradient = before_activation(output, gradient, activation);
    let dy = values(&gradient);
    let of_weight = wanted[1].then(|| {
        let input = channels_last(input);
        let mut dw = buffer(values(&weight).len());
        let run = |scratch: &mut Workspace| {
            either!(&layer, layer => layer.weight_gradient(values(&input), dy, &mut dw, scratch))
        };
        fitting(with_workspace(run));
        // Its gradient, of the same size, takes its memory.
        drop(input);
        contiguous(dw, &weight.shape())
    });
    let of_input = wanted[0].then(|| {
        let mut dx = buffer(shape.iter().product());
        let run = |scratch: &mut Workspace| {
            either!(&layer, layer => layer.input_gradient(dy, values(&weight), &mut dx, scratch))
        };
        fitting(with_workspace(run));
        from_channels_last(dx, &shape)
    });
    let channels = layer.output().channels();
    let of_bias = wanted[2].then(|| of_bias(dy, channels));
    drop(gradient);
    [of_input, of_weight, of_bias]
}

pub(super) fn forward(
    layer: &Layer,
    x: &[f32],
    weight: &FlexTensor,
    bias: Option<&FlexTensor>,
    activation: Activation,
    y: &mut [f32],
) -> Result<(), Error> {
    let activation = kernel_activation(activation);
    let bias = bias.map(values);
    with_workspace(
        |scratch| either!(layer, layer => layer.forward_unpacked(x, values(weight), bias, activation, y, scratch)),
    )
}

fn layer_of(shape: &[usize], weight: &FlexTensor, window: &Window) -> Result<Layer, Error> {
    let mut size = [1; 3];
    size[5 - shape.len()..].copy_from_slice(&shape[2..]);
    Layer::new(Volumes::new(shape[0], size, shape[1])?, window.out_channels(&weight.shape()), window)
}

/// What a kernel gives; Burn's operations cannot fail but by panicking.
pub(super) fn fitting<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
