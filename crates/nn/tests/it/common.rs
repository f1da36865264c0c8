use burn::backend::{Autodiff, Flex};
use burn::module::Param;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use oddframe_nn::without_kernels;

pub(crate) type A = Autodiff<Flex>;

/// Pseudo-random numbers in [-1, 1], the same in every run.
pub(crate) fn noise<B: Backend, const D: usize>(shape: [usize; D], seed: u64) -> Tensor<B, D> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let values: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &B::Device::default())
}

/// Checks that two lists of named tensors agree, relative to the largest value of each tensor.
pub(crate) fn assert_close(
    found: &[(&str, TensorData)],
    expected: &[(&str, TensorData)],
    tolerance: f32,
) {
    assert_eq!(found.len(), expected.len());
    for ((name, found), (_, expected)) in found.iter().zip(expected) {
        assert_eq!(found.shape, expected.shape, "{name}");
        let (found, expected) = (
            found.to_vec::<f32>().unwrap(),
            expected.to_vec::<f32>().unwrap(),
        );
        let scale = expected
            .iter()
            .fold(1e-3_f32, |largest, value| largest.max(value.abs()));
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let fits = (found - expected).abs() <= tolerance * scale;
            assert!(
                fits,
                "{name} at {at}: {found} instead of {expected} (largest {scale})"
            );
        }
    }
}

/// Runs on the native kernels and on Burn's operations, and compares.
pub(crate) fn compare_paths(tolerance: f32, run: impl Fn() -> Vec<(&'static str, TensorData)>) {
    let found = run();
    let expected = without_kernels(&run);
    assert_close(&found, &expected, tolerance);
}

/// The output and the gradients of input and parameters, for a loss with a different weight for each output.
pub(crate) fn output_and_gradients<const I: usize, const O: usize>(
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

pub(crate) fn gradient<const D: usize>(
    parameter: &Param<Tensor<A, D>>,
    gradients: &<A as AutodiffBackend>::Gradients,
) -> TensorData {
    parameter.val().grad(gradients).unwrap().into_data()
}
