use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_kernels::{Activation, Window};

use super::parts::{as_volume, init_conv, run_conv};
use crate::error::Error;
use crate::kernels::Kernels;

/// Parameters of a [`Conv2d`].
#[derive(Config, Debug)]
pub struct Conv2dConfig {
    /// The numbers of input and output channels.
    pub channels: [usize; 2],
    /// Height and width of the kernel.
    pub kernel_size: [usize; 2],
    /// Input positions from one output position to the next.
    #[config(default = "[1, 1]")]
    pub stride: [usize; 2],
    /// The number of zeros added on each side of the input.
    #[config(default = "[0, 0]")]
    pub padding: [usize; 2],
    /// Input positions from one tap to the next.
    #[config(default = "[1, 1]")]
    pub dilation: [usize; 2],
    /// The number of groups of channels; each output channel reads the input channels of its group only.
    #[config(default = 1)]
    pub groups: usize,
    /// Whether the layer has a bias.
    #[config(default = true)]
    pub bias: bool,
    /// The activation, applied to the sums.
    #[config(default = "Activation::Identity")]
    pub activation: Activation,
}

/// A convolution over images with a fused activation, like PyTorch's `Conv2d`.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::{Activation, Conv2dConfig};
///
/// let device = Default::default();
/// let layer = Conv2dConfig::new([3, 16], [4, 4])
///     .with_stride([2, 2])
///     .with_padding([1, 1])
///     .with_activation(Activation::Relu)
///     .init::<Flex>(&device)?;
/// let output = layer.forward(Tensor::ones([1, 3, 32, 32], &device));
/// assert_eq!(output.dims(), [1, 16, 16, 16]);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Conv2d<B: Backend> {
    /// `[out, in / groups, height, width]`.
    pub weight: Param<Tensor<B, 4>>,
    /// `[out]`.
    pub bias: Option<Param<Tensor<B, 1>>>,
    #[module(skip)]
    window: Window,
    #[module(skip)]
    activation: Activation,
}

impl Conv2dConfig {
    /// Builds a layer with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, there are more than 2^30 weights, `groups` does not divide the channels, or the slope of the
    /// activation is negative.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Conv2d<B>, Error> {
        // A depth of 1 makes images volumes, so that one operation serves both.
        let window = Window {
            stride: as_volume(self.stride, 1),
            padding: as_volume(self.padding, 0),
            dilation: as_volume(self.dilation, 1),
            groups: self.groups,
            ..Window::volume(as_volume(self.kernel_size, 1))
        };
        let (weight, bias) = init_conv(
            "Conv2d",
            self.channels,
            &window,
            self.activation,
            self.bias,
            device,
        )?;
        Ok(Conv2d {
            weight,
            bias,
            window,
            activation: self.activation,
        })
    }
}

impl<B: Backend> Conv2d<B> {
    /// The window: kernel, stride, padding, dilation and groups.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The activation.
    pub fn activation(&self) -> Activation {
        self.activation
    }
}

impl<B: Kernels> Conv2d<B> {
    /// Applies the layer.
    ///
    /// # Shapes
    /// `[batch, in, height, width]` to `[batch, out, height, width]`.
    ///
    /// # Panics
    /// When the input has another number of channels, or is smaller than the kernel.
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        run_conv(
            "Conv2d",
            input,
            &self.weight,
            self.bias.as_ref(),
            &self.window,
            self.activation,
        )
    }
}
