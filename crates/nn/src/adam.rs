use burn::config::Config;
use burn::grad_clipping::GradientClippingConfig;
use burn::module::AutodiffModule;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{LearningRate, SimpleOptimizer};
use burn::record::Record;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorPrimitive};

use crate::error::in_range;
use crate::kernels::AdamStep;
use crate::{Error, Kernels};

/// Parameters of [`Adam`]; the defaults are PyTorch's.
#[derive(Config, Debug)]
pub struct AdamConfig {
    /// Decay of the mean of the gradients.
    #[config(default = 0.9)]
    pub beta_1: f64,
    /// Decay of the mean of their squares.
    #[config(default = 0.999)]
    pub beta_2: f64,
    /// Added to the root of the second moment.
    #[config(default = 1e-8)]
    pub epsilon: f64,
    /// The weights' share that is added to their gradient: an L2 penalty.
    #[config(default = 0.0)]
    pub weight_decay: f64,
    /// How gradients are clipped, parameter by parameter.
    pub grad_clipping: Option<GradientClippingConfig>,
}

/// What `torch.optim.Adam` does, in one pass over each parameter where the backend has a kernel for it.
///
/// # Panics
/// A step panics on a learning rate that is below zero or not finite.
#[derive(Debug, Clone)]
pub struct Adam {
    config: AdamConfig,
}

/// What [`Adam`] remembers of one parameter.
#[derive(Record, Debug, Clone)]
pub struct AdamState<B: Backend, const D: usize> {
    /// Steps made.
    pub time: usize,
    /// Mean of the gradients.
    pub moment_1: Tensor<B, D>,
    /// Mean of their squares.
    pub moment_2: Tensor<B, D>,
}

impl AdamConfig {
    /// The optimizer of a module.
    ///
    /// # Errors
    /// A decay outside 0 to 1, an epsilon or weight decay below zero or not finite.
    pub fn init<B, M>(&self) -> Result<OptimizerAdaptor<Adam, M, B>, Error>
    where
        B: AutodiffBackend<InnerBackend: Kernels>,
        M: AutodiffModule<B>,
    {
        for (name, beta) in [("beta_1", self.beta_1), ("beta_2", self.beta_2)] {
            in_range("Adam", name, beta, (0.0..1.0).contains(&beta), "at least 0 and below 1")?;
        }
        for (name, value) in [("epsilon", self.epsilon), ("weight_decay", self.weight_decay)] {
            in_range("Adam", name, value, value.is_finite() && value >= 0.0, "finite and at least 0")?;
        }
        let optimizer = OptimizerAdaptor::from(Adam { config: self.clone() });
        Ok(match &self.grad_clipping {
            Some(clipping) => optimizer.with_grad_clipping(clipping.init()),
            None => optimizer,
        })
    }
}

impl<B: Kernels> SimpleOptimizer<B> for Adam {
    type State<const D: usize> = AdamState<B, D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        weight: Tensor<B, D>,
        gradient: Tensor<B, D>,
        state: Option<AdamState<B, D>>,
    ) -> (Tensor<B, D>, Option<AdamState<B, D>>) {
        assert!(
            rate.is_finite() && rate >= 0.0,
            "Adam: the learning rate is {rate}; it must be finite and at least 0"
        );
        let time = state.as_ref().map_or(0, |state| state.time) + 1;
        let AdamConfig { beta_1, beta_2, epsilon, weight_decay, .. } = self.config;
        let step = AdamStep { rate, beta_1, beta_2, epsilon, weight_decay, time };
        let primitive = |tensor: Tensor<B, D>| tensor.into_primitive().tensor();
        let wrap = |tensor| Tensor::from_primitive(TensorPrimitive::Float(tensor));
        let moments = state.map(|state| [state.moment_1, state.moment_2].map(primitive));
        let (weight, moments) = B::adam(primitive(weight), primitive(gradient), moments, &step);
        let [moment_1, moment_2] = moments.map(wrap);
        (wrap(weight), Some(AdamState { time, moment_1, moment_2 }))
    }

    fn to_device<const D: usize>(state: AdamState<B, D>, device: &B::Device) -> AdamState<B, D> {
        let AdamState { time, moment_1, moment_2 } = state;
        AdamState { time, moment_1: moment_1.to_device(device), moment_2: moment_2.to_device(device) }
    }
}
