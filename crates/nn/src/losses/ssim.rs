use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// Pixels in a row of the window, and the standard deviation of its weights: those of Wang et al. (2004).
const WINDOW: usize = 11;
const SIGMA_PX: f64 = 1.5;
/// What keeps the quotients from resting on noise, as shares of the range of the values: again those of Wang et al.
const K: [f64; 2] = [0.01, 0.03];

/// The structural similarity of images, averaged over pixels, channels and batch: 1 for equal images.
///
/// Mean, variance and covariance are taken under a Gaussian window of 11x11 pixels, σ 1.5, in each channel by itself.
/// Outside the images there are zeros, as in the code that PyTorch users share. `range` is the distance from black to
/// white: 1 for values between 0 and 1, 2 for those between -1 and 1.
///
/// # Shapes
/// Both `[batch, channels, height, width]`; the result is one value.
///
/// # Panics
/// When the shapes differ.
pub fn ssim<B: Backend>(a: Tensor<B, 4>, b: Tensor<B, 4>, range: f32) -> Tensor<B, 1> {
    let (shape, other) = (a.dims(), b.dims());
    assert!(shape == other, "ssim: images of {shape:?} and of {other:?}");
    let [_, _, height, width] = shape;
    let device = a.device();
    let down = window_matrix::<B>(height, &device);
    let across = window_matrix::<B>(width, &device);
    let blur = |images: Tensor<B, 4>| down.clone().matmul(images).matmul(across.clone());
    let [c1, c2] = K.map(|k| (k * f64::from(range)).powi(2));

    // The two variances are only needed as their sum, which saves one blur of five.
    let squares = blur(a.clone().square() + b.clone().square());
    let product = blur(a.clone() * b.clone());
    let (mean_a, mean_b) = (blur(a), blur(b));
    let means = mean_a.clone() * mean_b.clone();
    let mean_squares = mean_a.square() + mean_b.square();
    let covariance = product - means.clone();
    let variances = squares - mean_squares.clone();
    let above = (means * 2.0 + c1) * (covariance * 2.0 + c2);
    let below = (mean_squares + c1) * (variances + c2);
    (above / below).mean()
}

/// The window along one axis as a matrix: a band around the diagonal, cut off at the edges, which is what zeros
/// outside amount to. Products of matrices are what every backend is fastest at, forward and backward, and the
/// matrix is symmetric, so that it serves both axes.
fn window_matrix<B: Backend>(side: usize, device: &B::Device) -> Tensor<B, 4> {
    let half = WINDOW / 2;
    let weights: [f64; WINDOW] =
        std::array::from_fn(|at| (-(at as f64 - half as f64).powi(2) / (2.0 * SIGMA_PX * SIGMA_PX)).exp());
    let sum: f64 = weights.iter().sum();
    let mut matrix = vec![0.0_f32; side * side];
    for (row, values) in matrix.chunks_exact_mut(side).enumerate() {
        let first = row.saturating_sub(half);
        for (at, value) in values.iter_mut().enumerate().take(row + half + 1).skip(first) {
            *value = (weights[at + half - row] / sum) as f32;
        }
    }
    Tensor::from_data(TensorData::new(matrix, [1, 1, side, side]), device)
}
