#![allow(dead_code, unreachable_pub, clippy::type_complexity)] // each test takes what it needs

use burn::backend::{Autodiff, Flex};
use burn::module::Param;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use oddframe_nn::{Kernels, without_kernels};

pub type A = Autodiff<Flex>;

/// Numbers between -1 and 1 that are the same in every run.
pub fn noise<B: Backend, const D: usize>(shape: [usize; D], seed: u64) -> Tensor<B, D> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let values: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &B::Device::default())
}

/// Checks two lists of named tensors against each other, relative to the largest value of each.
pub fn assert_close(found: &[(&str, TensorData)], expected: &[(&str, TensorData)], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for ((name, found), (_, expected)) in found.iter().zip(expected) {
        assert_eq!(found.shape, expected.shape, "{name}");
        let (found, expected) = (found.to_vec::<f32>().unwrap(), expected.to_vec::<f32>().unwrap());
        let scale = expected.iter().fold(1e-3_f32, |largest, value| largest.max(value.abs()));
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let fits = (found - expected).abs() <= tolerance * scale;
            assert!(fits, "{name} at {at}: {found} instead of {expected} (largest {scale})");
        }
    }
}

/// Whether this run of the tests is one of our kernels at all: `ODDFRAME_KERNELS` may say otherwise.
pub fn kernels_are_on() -> bool {
    Flex::fused(&noise::<Flex, 1>([1], 1).into_primitive().tensor())
}

/// Runs on our kernels and on Burn's operations and compares.
pub fn both_ways(tolerance: f32, run: impl Fn() -> Vec<(&'static str, TensorData)>) {
    let found = run();
    let expected = without_kernels(&run);
    assert_close(&found, &expected, tolerance);
}

/// Output, the input's gradient and those of the parameters, of a loss that weighs every output differently.
pub fn learn<const I: usize, const O: usize>(
    input: Tensor<A, I>,
    forward: impl Fn(Tensor<A, I>) -> Tensor<A, O>,
    parameters: impl Fn(&<A as AutodiffBackend>::Gradients) -> Vec<(&'static str, TensorData)>,
) -> Vec<(&'static str, TensorData)> {
    let input = input.require_grad();
    let output = forward(input.clone());
    let weights = noise::<A, O>(output.dims(), 99);
    let gradients = (output.clone() * weights).sum().backward();
    let mut all = vec![("output", output.into_data())];
    all.push(("input", input.grad(&gradients).unwrap().into_data()));
    all.extend(parameters(&gradients));
    all
}

pub fn gradient<const D: usize>(
    parameter: &Param<Tensor<A, D>>,
    gradients: &<A as AutodiffBackend>::Gradients,
) -> TensorData {
    parameter.val().grad(gradients).unwrap().into_data()
}
