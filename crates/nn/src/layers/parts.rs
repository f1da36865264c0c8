//! What the layers share: checks of their parameters, initial weights, and running a convolution.

use burn::module::Param;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_kernels::{Activation, Window};

use crate::activation::check_activation;
use crate::error::{Error, at_least_one, check_range, check_weights};
use crate::kernels::Kernels;
use crate::randomness::uniform_parameter;
use crate::tensors::{from_primitive, to_primitive};

/// PyTorch's default initial weights: uniform in ±1/√(fan in).
pub(super) fn init_uniform<B: Backend, const D: usize>(
    shape: [usize; D],
    fan_in: usize,
    device: &B::Device,
) -> Param<Tensor<B, D>> {
    uniform_parameter(shape, 1.0 / (fan_in as f64).sqrt(), device)
}

/// Checks the parameters of a convolution and draws its initial weights and bias.
#[allow(clippy::type_complexity)] // the two fields of a layer
pub(super) fn init_conv<B: Backend, const D: usize>(
    layer: &'static str,
    [inputs, outputs]: [usize; 2],
    window: &Window,
    activation: Activation,
    bias: bool,
    device: &B::Device,
) -> Result<(Param<Tensor<B, D>>, Option<Param<Tensor<B, 1>>>), Error> {
    at_least_one(
        layer,
        &[
            ("the number of input channels", inputs),
            ("the number of output channels", outputs),
        ],
    )?;
    at_least_one(layer, &[("the number of groups", window.groups)])?;
    at_least_one(
        layer,
        &window.kernel.map(|size| ("the kernel's size", size)),
    )?;
    at_least_one(layer, &window.stride.map(|size| ("the stride", size)))?;
    at_least_one(layer, &window.dilation.map(|size| ("the dilation", size)))?;
    for (what, channels) in [("input", inputs), ("output", outputs)] {
        if channels % window.groups != 0 {
            return Err(Error::Groups {
                layer,
                what,
                channels,
                groups: window.groups,
            });
        }
    }
    // A larger output padding would add positions that no tap reaches.
    for axis in 0..3 {
        let extra = window.output_padding[axis];
        let must = "smaller than the stride or the dilation";
        let fits = extra == 0 || extra < window.stride[axis].max(window.dilation[axis]);
        check_range(layer, "the output padding", extra as f64, fits, must)?;
    }
    check_activation(layer, activation)?;
    let (first, second) = if window.transposed {
        (inputs, outputs)
    } else {
        (outputs, inputs)
    };
    // The window has three axes; the weights of an image layer have no depth axis.
    let mut shape = [1; D];
    shape[0] = first;
    shape[1] = second / window.groups;
    shape[2..].copy_from_slice(&window.kernel[5 - D..]);
    check_weights(layer, &shape)?;
    // PyTorch's fan in, also for a transposed convolution: the weights' second axis times the taps.
    let fan_in = shape[1..].iter().product();
    let weight = init_uniform(shape, fan_in, device);
    Ok((
        weight,
        bias.then(|| init_uniform([outputs], fan_in, device)),
    ))
}

/// Checks that the input fits the weights, and runs the convolution.
pub(super) fn run_conv<B: Kernels, const D: usize>(
    layer: &'static str,
    input: Tensor<B, D>,
    weight: &Param<Tensor<B, D>>,
    bias: Option<&Param<Tensor<B, 1>>>,
    window: &Window,
    activation: Activation,
) -> Tensor<B, D> {
    let (weight, shape) = (weight.val(), input.dims());
    let expected = window.input_channels(&weight.dims());
    assert!(
        shape[1] == expected,
        "{layer}: the input {shape:?} has {} channels, the layer takes {expected}",
        shape[1]
    );
    let mut size = [1; 3];
    size[5 - D..].copy_from_slice(&shape[2..]);
    let fits = shape[0] > 0 && window.output_size(size).is_some();
    assert!(
        fits,
        "{layer}: the input {shape:?} leaves no output with {window:?}"
    );
    from_primitive(B::conv(
        to_primitive(input),
        to_primitive(weight),
        bias.map(|bias| to_primitive(bias.val())),
        window,
        activation,
    ))
}

/// The two axes of an image as those of a volume, with this value for the depth.
pub(super) fn as_volume([height, width]: [usize; 2], depth: usize) -> [usize; 3] {
    [depth, height, width]
}
