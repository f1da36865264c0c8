use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::parts::{conv_parameters, convolve};
use crate::{Activation, Error, Kernels, Window};

/// Parameters of a [`Conv3d`].
#[derive(Config, Debug)]
pub struct Conv3dConfig {
    /// Input and output channels.
    pub channels: [usize; 2],
    /// Depth, height and width of the kernel.
    pub kernel_size: [usize; 3],
    /// Input positions from one output position to the next.
    #[config(default = "[1, 1, 1]")]
    pub stride: [usize; 3],
    /// Zeros around the input.
    #[config(default = "[0, 0, 0]")]
    pub padding: [usize; 3],
    /// Input positions from one tap to the next.
    #[config(default = "[1, 1, 1]")]
    pub dilation: [usize; 3],
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

/// A convolution over volumes with an activation.
#[derive(Module, Debug)]
pub struct Conv3d<B: Backend> {
    /// `[out, in / groups, depth, height, width]`.
    pub weight: Param<Tensor<B, 5>>,
    /// `[out]`.
    pub bias: Option<Param<Tensor<B, 1>>>,
    #[module(skip)]
    window: Window,
    #[module(skip)]
    activation: Activation,
}

impl Conv3dConfig {
    /// A layer with PyTorch's default weights.
    ///
    /// # Errors
    /// A size of zero, channels that the groups do not divide, a slope below zero.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Conv3d<B>, Error> {
        let window = Window {
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
            groups: self.groups,
            ..Window::volume(self.kernel_size)
        };
        let (weight, bias) =
            conv_parameters("Conv3d", self.channels, &window, self.activation, self.bias, device)?;
        Ok(Conv3d { weight, bias, window, activation: self.activation })
    }
}

impl<B: Backend> Conv3d<B> {
    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The activation.
    pub fn activation(&self) -> Activation {
        self.activation
    }
}

impl<B: Kernels> Conv3d<B> {
    /// Applies the layer.
    ///
    /// # Shapes
    /// `[batch, in, depth, height, width]` to `[batch, out, depth, height, width]`.
    ///
    /// # Panics
    /// When the input has other channels, or is too small for the kernel.
    pub fn forward(&self, input: Tensor<B, 5>) -> Tensor<B, 5> {
        convolve("Conv3d", input, &self.weight, self.bias.as_ref(), &self.window, self.activation)
    }
}
