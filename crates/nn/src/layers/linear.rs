use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_kernels::Activation;

use super::parts::init_uniform;
use crate::activation::check_activation;
use crate::error::{Error, at_least_one, check_weights};
use crate::kernels::Kernels;
use crate::tensors::{from_primitive, to_primitive};

/// Parameters of a [`Linear`].
#[derive(Config, Debug)]
pub struct LinearConfig {
    /// The number of input features.
    pub d_input: usize,
    /// The number of output features.
    pub d_output: usize,
    /// Whether the layer has a bias.
    #[config(default = true)]
    pub bias: bool,
    /// The activation, applied to the sums.
    #[config(default = "Activation::Identity")]
    pub activation: Activation,
}

/// A linear layer with a fused activation.
///
/// Its weights are `[in, out]` as in Burn; `burn-store`'s PyTorch adapters transpose them from and to PyTorch's
/// `[out, in]`.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::{Activation, LinearConfig};
///
/// let device = Default::default();
/// let layer = LinearConfig::new(8, 3).with_activation(Activation::Tanh).init::<Flex>(&device)?;
/// assert_eq!(layer.forward::<2>(Tensor::ones([5, 8], &device)).dims(), [5, 3]);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Linear<B: Backend> {
    /// `[in, out]`.
    pub weight: Param<Tensor<B, 2>>,
    /// `[out]`.
    pub bias: Option<Param<Tensor<B, 1>>>,
    #[module(skip)]
    activation: Activation,
}

impl LinearConfig {
    /// Builds a layer with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, there are more than 2^30 weights, or the slope of the activation is negative.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Linear<B>, Error> {
        const LAYER: &str = "Linear";
        at_least_one(
            LAYER,
            &[
                ("the input's size", self.d_input),
                ("the output's size", self.d_output),
            ],
        )?;
        check_weights(LAYER, &[self.d_input, self.d_output])?;
        check_activation(LAYER, self.activation)?;
        Ok(Linear {
            weight: init_uniform([self.d_input, self.d_output], self.d_input, device),
            bias: self
                .bias
                .then(|| init_uniform([self.d_output], self.d_input, device)),
            activation: self.activation,
        })
    }
}

impl<B: Backend> Linear<B> {
    /// The activation.
    pub fn activation(&self) -> Activation {
        self.activation
    }
}

impl<B: Kernels> Linear<B> {
    /// Applies the layer.
    ///
    /// # Shapes
    /// `[..., in]` to `[..., out]`.
    ///
    /// # Panics
    /// When the input's last axis has another size; on flex, also when there are no rows.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let (weight, shape) = (self.weight.val(), input.dims());
        let [expected, _] = weight.dims();
        assert!(
            shape[D - 1] == expected,
            "Linear: the input is {shape:?}, the layer takes [..., {expected}]"
        );
        let bias = self.bias.as_ref().map(|bias| to_primitive(bias.val()));
        from_primitive(B::dense(
            to_primitive(input),
            to_primitive(weight),
            bias,
            self.activation,
        ))
    }
}
