//! Floats of other widths, which have no native kernels, against 32-bit ones.

use crate::common::{A, assert_close, noise};
use burn::backend::Flex;
use burn::module::{Module, ModuleMapper, Param, RunningState};
use burn::tensor::backend::Backend;
use burn::tensor::{FloatDType, Tensor, TensorData};
use oddframe_nn::{Activation, BatchNorm, BatchNormConfig, LstmConfig};

/// The widths, and the tolerance for each.
const WIDTHS: [(FloatDType, f32); 2] = [(FloatDType::F64, 1e-5), (FloatDType::F16, 2e-2)];

struct Cast(FloatDType);

impl<B: Backend> ModuleMapper<B> for Cast {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        parameter.map(|tensor| tensor.cast(self.0))
    }
}

fn data<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> TensorData {
    tensor.into_data().convert::<f32>()
}

#[test]
fn an_lstm_starts_from_zeros_of_its_width() {
    let layer = LstmConfig::new(7, 5)
        .init::<Flex>(&Default::default())
        .unwrap();
    let x = noise::<Flex, 3>([2, 4, 7], 1);
    let (rows, last) = layer.forward(x.clone(), None);
    let expected = [("rows", data(rows)), ("cell", data(last.cell))];
    let row = noise::<Flex, 2>([2, 7], 2);
    let repeated = data(layer.forward_repeated(row.clone(), 3, None).0);
    for (width, tolerance) in WIDTHS {
        let wide = layer.clone().map(&mut Cast(width));
        let (rows, last) = wide.forward(x.clone().cast(width), None);
        assert_close(
            &[("rows", data(rows)), ("cell", data(last.cell))],
            &expected,
            tolerance,
        );
        let found = data(wide.forward_repeated(row.clone().cast(width), 3, None).0);
        assert_close(
            &[("repeated", found)],
            &[("repeated", repeated.clone())],
            tolerance,
        );
    }
}

fn norm<B: Backend>() -> BatchNorm<B> {
    let config = BatchNormConfig::new(3).with_activation(Activation::LeakyRelu(0.2));
    let mut norm = config.init(&Default::default()).unwrap();
    norm.gamma = Param::from_tensor(noise([3], 1) + 1.5);
    norm.beta = Param::from_tensor(noise([3], 2));
    norm.running_mean = RunningState::new(noise([3], 3));
    norm.running_var = RunningState::new(noise([3], 4) * 0.5 + 1.0);
    norm
}

/// The sum of a channel's values exceeds 65504, the largest 16-bit float.
fn large<B: Backend>() -> Tensor<B, 4> {
    noise::<B, 4>([4, 3, 32, 32], 5) * 8.0 + 40.0
}

#[test]
fn batch_norm_trains_in_its_width() {
    let layer = norm::<A>();
    let expected = data(layer.forward(large()));
    let statistics = |layer: &BatchNorm<A>| {
        let (mean, variance) = (
            layer.running_mean.value_sync(),
            layer.running_var.value_sync(),
        );
        [("mean", data(mean)), ("variance", data(variance))]
    };
    for (width, tolerance) in WIDTHS {
        let wide = norm::<A>().map(&mut Cast(width));
        let found = data(wide.forward(large().cast(width)));
        assert_close(
            &[("output", found)],
            &[("output", expected.clone())],
            tolerance,
        );
        assert_close(&statistics(&wide), &statistics(&layer), tolerance);
    }
}

#[test]
fn batch_norm_scores_in_its_width() {
    let layer = norm::<Flex>();
    let x = noise::<Flex, 4>([2, 3, 4, 5], 6);
    let expected = data(layer.forward(x.clone()));
    for (width, tolerance) in WIDTHS {
        let found = data(
            norm::<Flex>()
                .map(&mut Cast(width))
                .forward(x.clone().cast(width)),
        );
        assert_close(
            &[("output", found)],
            &[("output", expected.clone())],
            tolerance,
        );
    }
}
