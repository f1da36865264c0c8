use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{GradientsParams, LearningRate, MultiGradientsParams, Optimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use oddframe_nn::{Adam, AdamConfig, Kernels};

use crate::{Error, FitOptions};

type Adaptor<B, M> = OptimizerAdaptor<Adam, M, B>;

/// What PyTorch's `clip_grad_norm_` adds to the norm before it divides by it.
const CLIP_EPSILON: f64 = 1e-6;

/// Adam behind gradient clipping. Clones share one state.
///
/// burn-train's `Learner` takes the optimiser and offers no way to read its state, which a checkpoint needs: a clone of
/// it stays with the step runner.
#[derive(Clone)]
pub(crate) struct Optimiser<B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B>,
{
    adam: Arc<Mutex<Adaptor<B, M>>>,
    clip: Option<f64>,
}

impl<B, M> Optimiser<B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B>,
{
    pub(crate) fn new(options: &FitOptions) -> Result<Self, Error> {
        let adam = AdamConfig::new()
            .with_weight_decay(options.weight_decay)
            .init()?;
        Ok(Self {
            adam: Arc::new(Mutex::new(adam)),
            clip: options.gradient_clip,
        })
    }

    fn lock_adam(&self) -> MutexGuard<'_, Adaptor<B, M>> {
        self.adam.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B, M> Optimizer<M, B> for Optimiser<B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B>,
{
    type Record = <Adaptor<B, M> as Optimizer<M, B>>::Record;

    fn step(&mut self, rate: LearningRate, module: M, mut gradients: GradientsParams) -> M {
        // Clipped before Adam: its moments then never see the outlier that clipping is there to limit.
        if let Some(norm) = self.clip {
            clip_gradients(&module, &mut gradients, norm);
        }
        self.lock_adam().step(rate, module, gradients)
    }

    /// Without clipping. Required by Burn, not called: the step runner accumulates the gradients of several devices
    /// itself and then calls `step`.
    fn step_multi(&mut self, rate: LearningRate, module: M, gradients: MultiGradientsParams) -> M {
        self.lock_adam().step_multi(rate, module, gradients)
    }

    fn to_record(&self) -> Self::Record {
        self.lock_adam().to_record()
    }

    fn load_record(self, record: Self::Record) -> Self {
        // In place, so that the clone in the step runner sees the loaded state too.
        let mut adam = self.lock_adam();
        *adam = adam.clone().load_record(record);
        drop(adam);
        self
    }
}

/// Scales all gradients by one factor, so that their norm as one vector is at most `norm`.
pub(crate) fn clip_gradients<B, M>(module: &M, gradients: &mut GradientsParams, norm: f64)
where
    B: AutodiffBackend,
    M: AutodiffModule<B>,
{
    let mut squares = SquaredNorm::<B> {
        gradients,
        sum: None,
    };
    module.visit(&mut squares);
    if let Some(sum) = squares.sum {
        // The factor stays a tensor: reading the norm would wait for the device in every step.
        let factor = (sum.sqrt() + CLIP_EPSILON)
            .recip()
            .mul_scalar(norm)
            .clamp_max(1.0);
        module.visit(&mut GradientScaler::<B> { gradients, factor });
    }
}

struct SquaredNorm<'a, B: AutodiffBackend> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<B::InnerBackend, 1>>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for SquaredNorm<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.get::<B::InnerBackend, D>(param.id) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct GradientScaler<'a, B: AutodiffBackend> {
    gradients: &'a mut GradientsParams,
    factor: Tensor<B::InnerBackend, 1>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for GradientScaler<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.remove::<B::InnerBackend, D>(param.id) {
            self.gradients
                .register(param.id, gradient * self.factor.clone().reshape([1; D]));
        }
    }
}

#[cfg(test)]
#[allow(clippy::default_trait_access)]
mod tests {
    use burn::backend::{Autodiff, Flex};
    use oddframe_nn::{Linear, LinearConfig};

    use super::*;

    type A = Autodiff<Flex>;

    /// The gradients of a layer, weights first, clipped to this norm.
    fn clip_example(norm: f64) -> Vec<f32> {
        let device = Default::default();
        let layer: Linear<A> = LinearConfig::new(2, 1).init(&device).unwrap();
        let mut gradients = GradientsParams::new();
        gradients.register(
            layer.weight.id,
            Tensor::<Flex, 2>::from_data([[1.0], [2.0]], &device),
        );
        let bias = layer.bias.as_ref().unwrap().id;
        gradients.register(bias, Tensor::<Flex, 1>::from_data([2.0], &device));
        clip_gradients::<A, _>(&layer, &mut gradients, norm);
        let weight = gradients
            .get::<Flex, 2>(layer.weight.id)
            .unwrap()
            .into_data();
        let bias = gradients.get::<Flex, 1>(bias).unwrap().into_data();
        [weight, bias]
            .iter()
            .flat_map(|data| data.to_vec::<f32>().unwrap())
            .collect()
    }

    #[test]
    fn the_norm_is_taken_over_all_parameters_together() {
        // The norm is 3; that of the weights alone is 2.2, that of the bias 2.
        assert_eq!(clip_example(4.0), [1.0, 2.0, 2.0]);
        for (found, expected) in clip_example(1.5).iter().zip([0.5, 1.0, 1.0]) {
            assert!(
                (found - expected).abs() < 1e-6,
                "{found} instead of {expected}"
            );
        }
    }
}
