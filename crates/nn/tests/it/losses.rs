//! SSIM and the gradient difference against PyTorch in double precision.

use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};
use oddframe_nn::{gradient_difference, mean_squared_error, ssim, without_kernels};

type A = Autodiff<Flex>;

/// Sine waves in [0, 1], which are easy to compute again in PyTorch.
fn wave(seed: f64, len: usize) -> Vec<f64> {
    (0..len)
        .map(|at| 0.5 + 0.5 * (at as f64 * (0.37 + 0.11 * seed) + seed).sin())
        .collect()
}

fn images(values: Vec<f64>, shape: [usize; 4]) -> Tensor<A, 4> {
    let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), &Default::default())
}

/// An image, and the same image with 30 % of another one mixed in.
fn pair() -> (Tensor<A, 4>, Tensor<A, 4>) {
    let shape = [2, 3, 20, 14];
    let (first, second) = (wave(0.0, 1680), wave(3.0, 1680));
    let mixed = first
        .iter()
        .zip(&second)
        .map(|(a, b)| 0.7 * a + 0.3 * b)
        .collect();
    (images(first, shape).require_grad(), images(mixed, shape))
}

/// The loss, the sum of its gradient's sizes and the gradient at one place.
fn check_loss(loss: Tensor<A, 1>, of: &Tensor<A, 4>, at: usize, expected: [f64; 3]) {
    let gradients = loss.backward();
    let gradient: Vec<f32> = of.grad(&gradients).unwrap().into_data().to_vec().unwrap();
    let sum: f64 = gradient.iter().map(|value| f64::from(value.abs())).sum();
    let found = [f64::from(loss.into_scalar()), sum, f64::from(gradient[at])];
    for (found, expected) in found.into_iter().zip(expected) {
        assert!(
            (found - expected).abs() <= 2e-5 * expected.abs().max(0.01),
            "{found} for {expected}"
        );
    }
}

#[test]
fn ssim_and_its_gradient_equal_pytorchs() {
    let expected = [
        (
            1.0,
            1679,
            [0.904_107_566_3, 0.918_357_437_6, 0.000_194_969_5],
        ),
        (
            1.0,
            383,
            [0.904_107_566_3, 0.918_357_437_6, 0.000_949_568_1],
        ),
        (
            2.0,
            383,
            [0.905_375_795_8, 0.907_432_709_1, 0.000_938_135_6],
        ),
    ];
    for (range, at, expected) in expected {
        let (a, b) = pair();
        check_loss(ssim(a.clone(), b, range), &a, at, expected);
    }
}

#[test]
fn the_gradient_difference_and_its_gradient_equal_pytorchs() {
    for (at, gradient) in [(0, -0.000_014_459_2), (383, -0.001_253_132_8)] {
        let (a, b) = pair();
        check_loss(
            gradient_difference(a.clone(), b),
            &a,
            at,
            [0.271_707_842_8, 2.076_036_244_5, gradient],
        );
    }
}

#[test]
fn images_may_be_smaller_than_the_window_or_a_line() {
    let shape = [1, 2, 5, 4];
    let (a, b) = (images(wave(1.0, 40), shape), images(wave(2.0, 40), shape));
    let found = ssim(a.clone(), b.clone(), 1.0).into_scalar();
    assert!((found - 0.252_417_5).abs() < 1e-5, "{found}");
    let found = gradient_difference(a.clone(), b).into_scalar();
    assert!((found - 1.201_008_2).abs() < 1e-5, "{found}");
    assert!((ssim(a.clone(), a, 1.0).into_scalar() - 1.0).abs() < 1e-5);

    let line = images(wave(1.0, 6), [1, 1, 1, 6]);
    assert!(gradient_difference(line.clone(), line.zeros_like()).into_scalar() > 0.1);
    let dot = images(vec![0.3], [1, 1, 1, 1]);
    assert_eq!(
        gradient_difference(dot.clone(), dot.zeros_like()).into_scalar(),
        0.0
    );
}

#[test]
#[should_panic(expected = "ssim: images of [1, 1, 1, 1] and of [1, 1, 1, 2]")]
fn images_of_different_sizes_are_refused() {
    let _ = ssim(
        images(vec![0.3], [1, 1, 1, 1]),
        images(vec![0.3; 2], [1, 1, 1, 2]),
        1.0,
    );
}

/// The mean squared error of images with the axes in another order, and its gradients with respect to both.
fn squared_error_of_permuted() -> Vec<f32> {
    let (first, second) = pair();
    let second = second.require_grad();
    let loss = mean_squared_error(
        first.clone().permute([0, 2, 3, 1]),
        second.clone().permute([0, 2, 3, 1]),
    ) * 3.0;
    let gradients = loss.backward();
    let mut found = vec![loss.into_scalar()];
    for image in [first, second] {
        let gradient = image.grad(&gradients).unwrap().into_data();
        found.extend(gradient.to_vec::<f32>().unwrap());
    }
    found
}

#[test]
fn the_mean_squared_error_has_the_gradients_of_both_images() {
    let (first, second) = pair();
    let [first, second] = [first, second].map(|images| images.into_data().to_vec::<f32>().unwrap());
    let pairs = || first.iter().zip(&second);
    let difference = |(a, b): (&f32, &f32)| f64::from(*a) - f64::from(*b);
    let count = first.len() as f64;
    let mut expected = vec![3.0 * pairs().map(difference).map(|d| d * d).sum::<f64>() / count];
    for sign in [1.0, -1.0] {
        expected.extend(
            pairs()
                .map(difference)
                .map(|d| sign * 3.0 * 2.0 * d / count),
        );
    }
    for found in [
        squared_error_of_permuted(),
        without_kernels(squared_error_of_permuted),
    ] {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            let error = (f64::from(*found) - expected).abs();
            assert!(
                error <= 1e-6 * expected.abs().max(1e-3),
                "{found}, should be {expected}"
            );
        }
    }
}

#[test]
#[should_panic(expected = "must have the same shape")]
fn the_mean_squared_error_of_other_shapes_is_refused() {
    let device = Default::default();
    let _ =
        mean_squared_error::<Flex, 2>(Tensor::ones([2, 3], &device), Tensor::ones([3, 2], &device));
}
