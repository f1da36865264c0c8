use burn::config::Config;
use burn::module::{Initializer, Module, Param, RunningState};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_kernels::Activation;

use crate::activation::check_activation;
use crate::error::{Error, at_least_one, check_range, check_weights};
use crate::kernels::Kernels;
use crate::tensors::{from_primitive, to_primitive};

/// Parameters of a [`BatchNorm`].
#[derive(Config, Debug)]
pub struct BatchNormConfig {
    /// The number of channels.
    pub num_features: usize,
    /// Added to the variance, for numerical stability.
    #[config(default = 1e-5)]
    pub epsilon: f64,
    /// The weight of a batch's statistics when the running ones are updated.
    #[config(default = 0.1)]
    pub momentum: f64,
    /// The activation, applied to the normalised values.
    #[config(default = "Activation::Identity")]
    pub activation: Activation,
}

/// Batch normalisation over every axis but the second, with a fused activation.
///
/// On a backend with autodiff it normalises with the batch's statistics and updates the running ones; on any other
/// backend it uses the running ones, as Burn's own layer does. The running variance is the unbiased one, as in PyTorch.
/// The field names are Burn's; `burn-store`'s PyTorch adapters rename them to `weight` and `bias`.
///
/// # Clones share their running statistics
/// Burn's `RunningState` is a reference: when a clone trains or loads weights, the original's statistics change as well.
/// `valid()` returns a copy with its own. Burn also keeps the last update in a buffer until the next one, where
/// `burn-store` does not see it: save a module in training through `valid()`, or as a record.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::BatchNormConfig;
///
/// let device = Default::default();
/// let norm = BatchNormConfig::new(3).init::<Flex>(&device)?;
/// // Running mean 0 and variance 1: without training it changes next to nothing.
/// let output = norm.forward(Tensor::<Flex, 4>::ones([2, 3, 4, 4], &device));
/// assert!((output.mean().into_scalar() - 1.0).abs() < 1e-4);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
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
    /// Builds a layer that scales by one and shifts by zero.
    ///
    /// # Errors
    /// When there are no channels, epsilon is not a normal 32-bit float above zero, the momentum is outside [0, 1], or
    /// the slope of the activation is negative.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<BatchNorm<B>, Error> {
        const LAYER: &str = "BatchNorm";
        at_least_one(LAYER, &[("the number of channels", self.num_features)])?;
        check_weights(LAYER, &[self.num_features])?;
        // Channels of a constant have the variance 0: without epsilon their scale would be infinite.
        let fits = self.epsilon > 0.0 && (self.epsilon as f32).is_normal();
        check_range(
            LAYER,
            "epsilon",
            self.epsilon,
            fits,
            "above 0 and a normal 32-bit float",
        )?;
        check_range(
            LAYER,
            "momentum",
            self.momentum,
            (0.0..=1.0).contains(&self.momentum),
            "0 to 1",
        )?;
        check_activation(LAYER, self.activation)?;
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
    /// The number added to the variance.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// The activation.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Running mean and variance including the last update, which `RunningState::value` may not contain yet.
    pub(crate) fn running_statistics(&self) -> [Tensor<B, 1>; 2] {
        [&self.running_mean, &self.running_var]
            .map(|running| Module::<B>::into_record(running.clone()).val())
    }
}

impl<B: Kernels> BatchNorm<B> {
    /// Applies the layer.
    ///
    /// # Shapes
    /// `[batch, channels, ...]`, the same out.
    ///
    /// # Panics
    /// When the input has another number of channels, fewer than two axes or, in training, only one value per channel;
    /// on flex, also when it is empty.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let (shape, [channels]) = (input.dims(), self.gamma.val().dims());
        assert!(
            D >= 2 && shape[1] == channels,
            "BatchNorm: the input is {shape:?}, the layer takes [batch, {channels}, ...]"
        );
        if B::ad_enabled(&input.device()) {
            self.forward_training(input)
        } else {
            self.forward_inference(input)
        }
    }

    fn forward_training<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let shape = input.dims();
        let count = shape.iter().product::<usize>() / shape[1];
        assert!(
            count > 1,
            "BatchNorm: the input {shape:?} has one value per channel, which has no variance to train with; choose a \
             batch size that leaves no batch of one, or larger images"
        );
        let (gamma, beta) = (
            to_primitive(self.gamma.val()),
            to_primitive(self.beta.val()),
        );
        let normalised = B::batch_norm(
            to_primitive(input),
            gamma,
            beta,
            self.epsilon,
            self.activation,
        );
        let mean: Tensor<B, 1> = from_primitive(normalised.mean);
        let variance: Tensor<B, 1> = from_primitive(normalised.variance);
        // The batch is normalised with the biased variance, the running one is the unbiased estimate, as in PyTorch.
        let unbiased = variance.mul_scalar(count as f64 / (count - 1) as f64);
        // The running statistics are no parameters: no gradient reaches them, an optimizer does not see them, and
        // clones of the layer share them.
        for (running, batch) in [(&self.running_mean, mean), (&self.running_var, unbiased)] {
            // When several devices train one network, the statistics may be on another device.
            // running = (1 - momentum) running + momentum batch, as PyTorch defines momentum.
            let kept = running
                .value_sync()
                .to_device(&batch.device())
                .mul_scalar(1.0 - self.momentum);
            running.update((kept + batch.mul_scalar(self.momentum)).detach());
        }
        from_primitive(normalised.output)
    }

    fn forward_inference<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let (gamma, beta) = (
            to_primitive(self.gamma.val()),
            to_primitive(self.beta.val()),
        );
        let statistics = self.running_statistics().map(to_primitive);
        from_primitive(B::batch_norm_inference(
            to_primitive(input),
            gamma,
            beta,
            statistics,
            self.epsilon,
            self.activation,
        ))
    }
}
