use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_kernels::{Activation, Window};

use super::parts::{as_volume, init_conv, run_conv};
use crate::error::Error;
use crate::kernels::Kernels;

/// Parameters of a [`ConvTranspose2d`].
#[derive(Config, Debug)]
pub struct ConvTranspose2dConfig {
    /// The numbers of input and output channels.
    pub channels: [usize; 2],
    /// Height and width of the kernel.
    pub kernel_size: [usize; 2],
    /// Output positions from one input position to the next.
    #[config(default = "[1, 1]")]
    pub stride: [usize; 2],
    /// The number of positions cut from each side of the output.
    #[config(default = "[0, 0]")]
    pub padding: [usize; 2],
    /// Output positions from one tap to the next.
    #[config(default = "[1, 1]")]
    pub dilation: [usize; 2],
    /// The number of positions added at the far side of the output.
    #[config(default = "[0, 0]")]
    pub output_padding: [usize; 2],
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

/// A transposed convolution over images with a fused activation, like PyTorch's `ConvTranspose2d`.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::ConvTranspose2dConfig;
///
/// let device = Default::default();
/// let config = ConvTranspose2dConfig::new([16, 3], [4, 4]).with_stride([2, 2]).with_padding([1, 1]);
/// let layer = config.init::<Flex>(&device)?;
/// assert_eq!(layer.forward(Tensor::ones([1, 16, 16, 16], &device)).dims(), [1, 3, 32, 32]);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct ConvTranspose2d<B: Backend> {
    /// `[in, out / groups, height, width]`.
    pub weight: Param<Tensor<B, 4>>,
    /// `[out]`.
    pub bias: Option<Param<Tensor<B, 1>>>,
    #[module(skip)]
    window: Window,
    #[module(skip)]
    activation: Activation,
}

impl ConvTranspose2dConfig {
    /// Builds a layer with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, there are more than 2^30 weights, `groups` does not divide the channels, an output padding is
    /// not below the stride or dilation, or the slope of the activation is negative.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<ConvTranspose2d<B>, Error> {
        // A depth of 1 makes images volumes, so that one operation serves both.
        let window = Window {
            stride: as_volume(self.stride, 1),
            padding: as_volume(self.padding, 0),
            dilation: as_volume(self.dilation, 1),
            output_padding: as_volume(self.output_padding, 0),
            groups: self.groups,
            transposed: true,
            ..Window::volume(as_volume(self.kernel_size, 1))
        };
        let (weight, bias) = init_conv(
            "ConvTranspose2d",
            self.channels,
            &window,
            self.activation,
            self.bias,
            device,
        )?;
        Ok(ConvTranspose2d {
            weight,
            bias,
            window,
            activation: self.activation,
        })
    }
}

impl<B: Backend> ConvTranspose2d<B> {
    /// The window: kernel, stride, padding, dilation and groups.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The activation.
    pub fn activation(&self) -> Activation {
        self.activation
    }
}

impl<B: Kernels> ConvTranspose2d<B> {
    /// Applies the layer.
    ///
    /// # Shapes
    /// `[batch, in, height, width]` to `[batch, out, height, width]`.
    ///
    /// # Panics
    /// When the input has another number of channels, or the padding cuts the whole output away.
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        run_conv(
            "ConvTranspose2d",
            input,
            &self.weight,
            self.bias.as_ref(),
            &self.window,
            self.activation,
        )
    }
}
