use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::parts::{primitive, uniform, wrap};
use crate::error::at_least_one;
use crate::{Activation, Error, Kernels};

/// Parameters of a [`Linear`].
#[derive(Config, Debug)]
pub struct LinearConfig {
    /// Input features.
    pub d_input: usize,
    /// Output features.
    pub d_output: usize,
    /// Whether there is a bias.
    #[config(default = true)]
    pub bias: bool,
    /// What is applied to the sums.
    #[config(default = "Activation::Identity")]
    pub activation: Activation,
}

/// A linear layer with an activation. Its weights lie as Burn's do, so that `burn-store`'s PyTorch adapters
/// turn them round.
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
    /// A layer with PyTorch's default weights.
    ///
    /// # Errors
    /// A size of zero, a slope below zero.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<Linear<B>, Error> {
        const LAYER: &str = "Linear";
        at_least_one(LAYER, &[("the input's size", self.d_input), ("the output's size", self.d_output)])?;
        self.activation.check(LAYER)?;
        Ok(Linear {
            weight: uniform([self.d_input, self.d_output], self.d_input, device),
            bias: self.bias.then(|| uniform([self.d_output], self.d_input, device)),
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
    /// When the input's last axis has another size; on flex, also when there is no row.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let (weight, shape) = (self.weight.val(), input.dims());
        let [expected, _] = weight.dims();
        assert!(
            shape[D - 1] == expected,
            "Linear: the input is {shape:?}, the layer takes [..., {expected}]"
        );
        let bias = self.bias.as_ref().map(|bias| primitive(bias.val()));
        wrap(B::dense(primitive(input), primitive(weight), bias, self.activation))
    }
}
