use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::parts::{conv_parameters, convolve, flat};
use crate::{Activation, Error, Kernels, Window};

/// Parameters of a [`Conv2d`].
#[derive(Config, Debug)]
pub struct Conv2dConfig {
    /// Input and output channels.
    pub channels: [usize; 2],
    /// Height and width of the kernel.
    pub kernel_size: [usize; 2],
    /// Input positions from one output position to the next.
    #[config(default = "[1, 1]")]
    pub stride: [usize; 2],
    /// Zeros around the input.
    #[config(default = "[0, 0]")]
    pub padding: [usize; 2],
    /// Input positions from one tap to the next.
    #[config(default = "[1, 1]")]
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    #[config(default = 1)]
    pub groups: usize,
    /// Whether there is a bias.
    #[config(default = true)]
    pub bias: bool,
    /// What is applied to the sums.
    #[config(default = "Activation::Identity")]
    pub activation: Activation,
}

/// A convolution over images with an activation.
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
    /// A layer with PyTorch's default weights.
    ///
    /// # Errors
    /// A size of zero, channels that the groups do not divide, a slope below zero.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Conv2d<B>, Error> {
        let window = Window {
            stride: flat(self.stride, 1),
            padding: flat(self.padding, 0),
            dilation: flat(self.dilation, 1),
            groups: self.groups,
            ..Window::volume(flat(self.kernel_size, 1))
        };
        let (weight, bias) =
            conv_parameters("Conv2d", self.channels, &window, self.activation, self.bias, device)?;
        Ok(Conv2d { weight, bias, window, activation: self.activation })
    }
}

impl<B: Backend> Conv2d<B> {
    /// The window.
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
    /// When the input has other channels, or is too small for the kernel.
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        convolve("Conv2d", input, &self.weight, self.bias.as_ref(), &self.window, self.activation)
    }
}
