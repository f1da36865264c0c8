use burn::config::Config;
use burn::module::{Initializer, Module, Param, RunningState};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::parts::{primitive, wrap};
use crate::error::{at_least_one, in_range};
use crate::{Activation, Error, Kernels};

/// Parameters of a [`BatchNorm`].
#[derive(Config, Debug)]
pub struct BatchNormConfig {
    /// Channels.
    pub num_features: usize,
    /// What is added to the variance.
    #[config(default = 1e-5)]
    pub epsilon: f64,
    /// The share of a batch's statistics in the running ones.
    #[config(default = 0.1)]
    pub momentum: f64,
    /// What is applied to the normalised values.
    #[config(default = "Activation::Identity")]
    pub activation: Activation,
}

/// Batch normalisation over every axis but the second, with an activation.
///
/// On a backend with autodiff it normalises by the batch's statistics and updates the running ones; on any
/// other it uses the running ones, as Burn's own layer does. The running variance is the unbiased one, as in
/// PyTorch. The field names are Burn's: `burn-store`'s PyTorch adapters turn them into `weight` and `bias`.
///
/// A clone shares its running statistics with the original: Burn's `RunningState` is a reference to them. What one of
/// them learns or loads, the other has as well; `valid()` gives a copy of its own. Burn also keeps a layer's last
/// update apart until the next one, and `burn-store` does not see it: save a module that is still in training through
/// `valid()`, or as a record.
#[derive(Module, Debug)]
pub struct BatchNorm<B: Backend> {
    /// Scale, `[channels]`.
    pub gamma: Param<Tensor<B, 1>>,
    /// Shift, `[channels]`.
    pub beta: Param<Tensor<B, 1>>,
    /// Running mean, `[channels]`.
    pub running_mean: RunningState<Tensor<B, 1>>,
    /// Running variance, `[channels]`.
    pub running_var: RunningState<Tensor<B, 1>>,
    #[module(skip)]
    epsilon: f64,
    #[module(skip)]
    momentum: f64,
    #[module(skip)]
    activation: Activation,
}

impl BatchNormConfig {
    /// A layer that scales by one and shifts by zero.
    ///
    /// # Errors
    /// No channel, an epsilon that is not above zero or too small or large for 32-bit floats, a momentum outside 0 to 1,
    /// a slope below zero.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<BatchNorm<B>, Error> {
        const LAYER: &str = "BatchNorm";
        at_least_one(LAYER, &[("the number of channels", self.num_features)])?;
        let fits = self.epsilon > 0.0 && (self.epsilon as f32).is_normal();
        in_range(LAYER, "epsilon", self.epsilon, fits, "above 0 and a normal 32-bit float")?;
        in_range(LAYER, "momentum", self.momentum, (0.0..=1.0).contains(&self.momentum), "0 to 1")?;
        self.activation.check(LAYER)?;
        let channels = [self.num_features];
        Ok(BatchNorm {
            gamma: Initializer::Ones.init(channels, device),
            beta: Initializer::Zeros.init(channels, device),
            running_mean: RunningState::new(Tensor::zeros(channels, device)),
            running_var: RunningState::new(Tensor::ones(channels, device)),
            epsilon: self.epsilon,
            momentum: self.momentum,
            activation: self.activation,
        })
    }
}

impl<B: Backend> BatchNorm<B> {
    /// What is added to the variance.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// The activation.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Running mean and variance as of the last update, which `RunningState::value` may not know of yet.
    pub(crate) fn statistics(&self) -> [Tensor<B, 1>; 2] {
        [&self.running_mean, &self.running_var].map(|running| Module::<B>::into_record(running.clone()).val())
    }
}

impl<B: Kernels> BatchNorm<B> {
    /// Applies the layer.
    ///
    /// # Shapes
    /// `[batch, channels, ...]`, the same out.
    ///
    /// # Panics
    /// When the input has another number of channels, fewer than two axes, or, in training, only one value a
    /// channel; on flex, also when it has no value at all.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let (shape, [channels]) = (input.dims(), self.gamma.val().dims());
        assert!(
            D >= 2 && shape[1] == channels,
            "BatchNorm: the input is {shape:?}, the layer takes [batch, {channels}, ...]"
        );
        if B::ad_enabled(&input.device()) { self.train(input) } else { self.infer(input) }
    }

    fn train<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let shape = input.dims();
        let count = shape.iter().product::<usize>() / shape[1];
        assert!(count > 1, "BatchNorm: one value a channel has no variance; the input is {shape:?}");
        let (gamma, beta) = (primitive(self.gamma.val()), primitive(self.beta.val()));
        let normalised = B::batch_norm(primitive(input), gamma, beta, self.epsilon, self.activation);
        let mean: Tensor<B, 1> = wrap(normalised.mean);
        let variance: Tensor<B, 1> = wrap(normalised.variance);
        let unbiased = variance.mul_scalar(count as f64 / (count - 1) as f64);
        for (running, batch) in [(&self.running_mean, mean), (&self.running_var, unbiased)] {
            // Where several devices train one network, another of them may hold the statistics.
            let kept = running.value_sync().to_device(&batch.device()).mul_scalar(1.0 - self.momentum);
            running.update((kept + batch.mul_scalar(self.momentum)).detach());
        }
        wrap(normalised.output)
    }

    fn infer<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let (gamma, beta) = (primitive(self.gamma.val()), primitive(self.beta.val()));
        let statistics = self.statistics().map(primitive);
        wrap(B::batch_norm_inference(
            primitive(input),
            gamma,
            beta,
            statistics,
            self.epsilon,
            self.activation,
        ))
    }
}
