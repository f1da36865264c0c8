//! What the layers share: checks, initial weights, and the way from tensors to primitives.

use burn::module::{Initializer, Param};
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorPrimitive};

use crate::error::at_least_one;
use crate::{Activation, Error, Kernels, Window};

/// PyTorch's default weights: uniform within 1/sqrt(fan in).
pub(super) fn uniform<B: Backend, const D: usize>(
    shape: [usize; D],
    fan_in: usize,
    device: &B::Device,
) -> Param<Tensor<B, D>> {
    let bound = 1.0 / (fan_in as f64).sqrt();
    Initializer::Uniform { min: -bound, max: bound }.init(shape, device)
}

/// Weights and bias of a convolution, once its parameters are checked.
#[allow(clippy::type_complexity)] // the two are a layer's fields
pub(super) fn conv_parameters<B: Backend, const D: usize>(
    layer: &'static str,
    [inputs, outputs]: [usize; 2],
    window: &Window,
    activation: Activation,
    bias: bool,
    device: &B::Device,
) -> Result<(Param<Tensor<B, D>>, Option<Param<Tensor<B, 1>>>), Error> {
    at_least_one(
        layer,
        &[("the number of input channels", inputs), ("the number of output channels", outputs)],
    )?;
    at_least_one(layer, &[("the number of groups", window.groups)])?;
    at_least_one(layer, &window.kernel.map(|size| ("the kernel's size", size)))?;
    at_least_one(layer, &window.stride.map(|size| ("the stride", size)))?;
    at_least_one(layer, &window.dilation.map(|size| ("the dilation", size)))?;
    for (what, channels) in [("input", inputs), ("output", outputs)] {
        if channels % window.groups != 0 {
            return Err(Error::Groups { layer, what, channels, groups: window.groups });
        }
    }
    for axis in 0..3 {
        let extra = window.output_padding[axis];
        let must = "smaller than the stride or the dilation";
        let fits = extra == 0 || extra < window.stride[axis].max(window.dilation[axis]);
        crate::error::in_range(layer, "the output padding", extra as f64, fits, must)?;
    }
    activation.check(layer)?;
    let (first, second) = if window.transposed { (inputs, outputs) } else { (outputs, inputs) };
    // An image's window is one of depth 1, which its weights do not have.
    let mut shape = [1; D];
    shape[0] = first;
    shape[1] = second / window.groups;
    shape[2..].copy_from_slice(&window.kernel[5 - D..]);
    // As PyTorch counts it, also for a transposed convolution: the weights' second axis and the taps.
    let fan_in = shape[1..].iter().product();
    let weight = uniform(shape, fan_in, device);
    Ok((weight, bias.then(|| uniform([outputs], fan_in, device))))
}

/// Runs a convolution, having checked that the input is one for these weights.
pub(super) fn convolve<B: Kernels, const D: usize>(
    layer: &'static str,
    input: Tensor<B, D>,
    weight: &Param<Tensor<B, D>>,
    bias: Option<&Param<Tensor<B, 1>>>,
    window: &Window,
    activation: Activation,
) -> Tensor<B, D> {
    let (weight, shape) = (weight.val(), input.dims());
    let expected = window.in_channels(&weight.dims());
    assert!(
        shape[1] == expected,
        "{layer}: the input {shape:?} has {} channels, the layer takes {expected}",
        shape[1]
    );
    let mut size = [1; 3];
    size[5 - D..].copy_from_slice(&shape[2..]);
    let fits = shape[0] > 0 && window.output(size).is_some();
    assert!(fits, "{layer}: the input {shape:?} leaves no output with {window:?}");
    wrap(B::conv(
        primitive(input),
        primitive(weight),
        bias.map(|bias| primitive(bias.val())),
        window,
        activation,
    ))
}

pub(super) fn primitive<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

pub(super) fn wrap<B: Backend, const D: usize>(primitive: FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

/// Depth 1 before the two axes of an image.
pub(super) fn flat([height, width]: [usize; 2], depth: usize) -> [usize; 3] {
    [depth, height, width]
}
