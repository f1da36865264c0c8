use burn::config::Config;
use burn::grad_clipping::GradientClippingConfig;
use burn::module::AutodiffModule;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{LearningRate, SimpleOptimizer};
use burn::record::Record;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};

use crate::error::{Error, check_range};
use crate::kernels::Kernels;
use crate::saved::AdamStep;
use crate::tensors::{from_primitive, to_primitive};

/// Parameters of [`Adam`]; the defaults are PyTorch's.
///
/// ```
/// use burn::backend::{Autodiff, Flex};
/// use burn::optim::{GradientsParams, Optimizer};
/// use burn::tensor::Tensor;
/// use oddframe_nn::{AdamConfig, Linear, LinearConfig};
///
/// type Train = Autodiff<Flex>;
/// let device = Default::default();
/// let layer: Linear<Train> = LinearConfig::new(4, 1).init(&device)?;
/// let mut optimizer = AdamConfig::new().with_weight_decay(1e-4).init()?;
///
/// let loss = layer.forward(Tensor::<Train, 2>::ones([8, 4], &device)).square().mean();
/// let gradients = GradientsParams::from_grads(loss.backward(), &layer);
/// let layer = optimizer.step(1e-3, layer, gradients);
/// # let _: Linear<Train> = layer;
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Config, Debug)]
pub struct AdamConfig {
    /// The decay rate of the mean of the gradients.
    #[config(default = 0.9)]
    pub beta_1: f64,
    /// The decay rate of the mean of their squares.
    #[config(default = 0.999)]
    pub beta_2: f64,
    /// Added to the root of the second moment.
    #[config(default = 1e-8)]
    pub epsilon: f64,
    /// The multiple of the weights that is added to their gradient: an L2 penalty.
    #[config(default = 0.0)]
    pub weight_decay: f64,
    /// How gradients are clipped, each parameter separately.
    pub grad_clipping: Option<GradientClippingConfig>,
}

/// The optimizer `torch.optim.Adam`, in one pass over each parameter where the backend has a native kernel for it.
///
/// # Panics
/// A step panics on a learning rate that is negative or not finite.
#[derive(Debug, Clone)]
pub struct Adam {
    config: AdamConfig,
}

/// The state of [`Adam`] for one parameter.
#[derive(Record, Debug, Clone)]
pub struct AdamState<B: Backend, const D: usize> {
    /// The number of steps made.
    pub time: usize,
    /// The decaying mean of the gradients.
    pub moment_1: Tensor<B, D>,
    /// The decaying mean of their squares.
    pub moment_2: Tensor<B, D>,
}

impl AdamConfig {
    /// Builds the optimizer of a module.
    ///
    /// # Errors
    /// When a decay rate is outside [0, 1), or epsilon or weight decay is negative or not finite.
    pub fn init<B, M>(&self) -> Result<OptimizerAdaptor<Adam, M, B>, Error>
    where
        B: AutodiffBackend<InnerBackend: Kernels>,
        M: AutodiffModule<B>,
    {
        for (name, beta) in [("beta_1", self.beta_1), ("beta_2", self.beta_2)] {
            check_range(
                "Adam",
                name,
                beta,
                (0.0..1.0).contains(&beta),
                "at least 0 and below 1",
            )?;
        }
        for (name, value) in [
            ("epsilon", self.epsilon),
            ("weight_decay", self.weight_decay),
        ] {
            check_range(
                "Adam",
                name,
                value,
                value.is_finite() && value >= 0.0,
                "finite and at least 0",
            )?;
        }
        let optimizer = OptimizerAdaptor::from(Adam {
            config: self.clone(),
        });
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
        // The bias correction needs the number of the step, which is part of the state so that it survives a
        // checkpoint.
        let time = state.as_ref().map_or(0, |state| state.time) + 1;
        let AdamConfig {
            beta_1,
            beta_2,
            epsilon,
            weight_decay,
            ..
        } = self.config;
        let step = AdamStep {
            rate,
            beta_1,
            beta_2,
            epsilon,
            weight_decay,
            time,
        };
        // A step in PyTorch's order, with g the gradient plus the weight decay times the weight, and t the number of
        // the step:
        //   m = beta_1 m + (1 - beta_1) g              decaying mean
        //   v = beta_2 v + (1 - beta_2) g²             decaying mean of the squares
        //   w = w - rate (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)
        // The divisions by 1 - beta^t correct the bias of moments that start at zero.
        let moments = state.map(|state| [state.moment_1, state.moment_2].map(to_primitive));
        let (weight, moments) =
            B::adam(to_primitive(weight), to_primitive(gradient), moments, &step);
        let [moment_1, moment_2] = moments.map(from_primitive);
        (
            from_primitive(weight),
            Some(AdamState {
                time,
                moment_1,
                moment_2,
            }),
        )
    }

    fn to_device<const D: usize>(state: AdamState<B, D>, device: &B::Device) -> AdamState<B, D> {
        let AdamState {
            time,
            moment_1,
            moment_2,
        } = state;
        AdamState {
            time,
            moment_1: moment_1.to_device(device),
            moment_2: moment_2.to_device(device),
        }
    }
}
