use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_kernels::{Activation, Window};

use super::parts::{init_conv, run_conv};
use crate::error::Error;
use crate::kernels::Kernels;

/// Parameters of a [`Conv3d`].
#[derive(Config, Debug)]
pub struct Conv3dConfig {
    /// The numbers of input and output channels.
    pub channels: [usize; 2],
    /// Depth, height and width of the kernel.
    pub kernel_size: [usize; 3],
    /// Input positions from one output position to the next.
    #[config(default = "[1, 1, 1]")]
    pub stride: [usize; 3],
    /// The number of zeros added on each side of the input.
    #[config(default = "[0, 0, 0]")]
    pub padding: [usize; 3],
    /// Input positions from one tap to the next.
    #[config(default = "[1, 1, 1]")]
    pub dilation: [usize; 3],
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

/// A convolution over volumes with a fused activation, like PyTorch's `Conv3d`. Over video the depth is time.
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
    /// Builds a layer with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, there are more than 2^30 weights, `groups` does not divide the channels, or the slope of the
    /// activation is negative.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Conv3d<B>, Error> {
        let window = Window {
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
            groups: self.groups,
            ..Window::volume(self.kernel_size)
        };
        let (weight, bias) = init_conv(
            "Conv3d",
            self.channels,
            &window,
            self.activation,
            self.bias,
            device,
        )?;
        Ok(Conv3d {
            weight,
            bias,
            window,
            activation: self.activation,
        })
    }
}

impl<B: Backend> Conv3d<B> {
    /// The window: kernel, stride, padding, dilation and groups.
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
    /// When the input has another number of channels, or is smaller than the kernel.
    pub fn forward(&self, input: Tensor<B, 5>) -> Tensor<B, 5> {
        run_conv(
            "Conv3d",
            input,
            &self.weight,
            self.bias.as_ref(),
            &self.window,
            self.activation,
        )
    }
}
