//! Losses between images or clips.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::kernels::Kernels;
use crate::tensors::{from_primitive, to_primitive};

/// Side in pixels of SSIM's window, and the standard deviation of its Gaussian weights: those of Wang et al., "Image
/// quality assessment: from error visibility to structural similarity" (2004).
const WINDOW: usize = 11;
const SIGMA_PX: f64 = 1.5;
/// SSIM's stabilising constants as fractions of the data range: again those of Wang et al. They keep the quotients
/// finite where an image is flat.
const K: [f64; 2] = [0.01, 0.03];

/// The mean squared error over all values: the loss of most networks here.
///
/// # Panics
/// When the shapes differ.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::mean_squared_error;
///
/// let clips = Tensor::<Flex, 5>::ones([1, 2, 1, 4, 4], &Default::default());
/// assert_eq!(mean_squared_error(clips.clone() * 3.0, clips).into_scalar(), 4.0);
/// ```
pub fn mean_squared_error<B: Kernels, const D: usize>(
    output: Tensor<B, D>,
    target: Tensor<B, D>,
) -> Tensor<B, 1> {
    let (shape, other) = (output.dims(), target.dims());
    assert!(
        shape == other,
        "mean_squared_error: an output of {shape:?} and a target of {other:?}; both must have the same shape"
    );
    from_primitive(B::squared_error(to_primitive(output), to_primitive(target)))
}

/// The structural similarity (SSIM) of images, averaged over pixels, channels and batch: 1 for equal images.
///
/// Mean, variance and covariance are taken under a Gaussian window of 11x11 pixels with σ 1.5, in each channel
/// separately. Images are padded with zeros, as in the `pytorch_ssim` code that PyTorch users share.
///
/// `range` is the distance from the darkest to the brightest value, which SSIM calls the data range L: 1 for values in
/// [0, 1], 2 for values in [-1, 1].
///
/// # Shapes
/// Both `[batch, channels, height, width]`; the result is one value.
///
/// # Panics
/// When the shapes differ.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::{Distribution, Tensor};
/// use oddframe_nn::ssim;
///
/// let image = Tensor::<Flex, 4>::random([1, 3, 16, 16], Distribution::Default, &Default::default());
/// let same = ssim(image.clone(), image.clone(), 1.0).into_scalar();
/// assert!((same - 1.0).abs() < 1e-5);
/// assert!(ssim(image.clone(), 1.0 - image, 1.0).into_scalar() < 0.5);
/// ```
pub fn ssim<B: Backend>(a: Tensor<B, 4>, b: Tensor<B, 4>, range: f32) -> Tensor<B, 1> {
    let (shape, other) = (a.dims(), b.dims());
    assert!(
        shape == other,
        "ssim: images of {shape:?} and of {other:?}; both must have the same shape"
    );
    let [_, _, height, width] = shape;
    let device = a.device();
    let windows = [
        window_matrix::<B>(height, &device),
        window_matrix::<B>(width, &device),
    ];
    let [c1, c2] = K.map(|k| (k * f64::from(range)).powi(2));

    // SSIM = (2 μa μb + c1)(2 σab + c2) / ((μa² + μb² + c1)(σa² + σb² + c2)). The two variances are only needed as
    // their sum, so that one blur of a² + b² replaces two: four blurs instead of five.
    let squares = blur(a.clone().square() + b.clone().square(), &windows);
    let product = blur(a.clone() * b.clone(), &windows);
    let (mean_a, mean_b) = (blur(a, &windows), blur(b, &windows));
    let means = mean_a.clone() * mean_b.clone();
    let mean_squares = mean_a.square() + mean_b.square();
    let covariance = product - means.clone();
    let variances = squares - mean_squares.clone();
    let numerator = (means * 2.0 + c1) * (covariance * 2.0 + c2);
    let denominator = (mean_squares + c1) * (variances + c2);
    (numerator / denominator).mean()
}

/// The gradient difference loss: the mean absolute difference between the horizontal gradients of two images, plus
/// that between their vertical gradients.
///
/// A gradient is the step from a pixel to its right or lower neighbour; an axis of one pixel has none and adds nothing.
///
/// # Shapes
/// Both `[batch, channels, height, width]`; the result is one value.
///
/// # Panics
/// When the shapes differ.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::gradient_difference;
///
/// // An edge of height 1 between two columns, compared with a flat image.
/// let edge = Tensor::<Flex, 2>::from_data([[0.0, 1.0], [0.0, 1.0]], &Default::default()).reshape([1, 1, 2, 2]);
/// assert_eq!(gradient_difference(edge.clone(), edge.zeros_like()).into_scalar(), 1.0);
/// ```
pub fn gradient_difference<B: Backend>(a: Tensor<B, 4>, b: Tensor<B, 4>) -> Tensor<B, 1> {
    let (shape, other) = (a.dims(), b.dims());
    assert!(
        shape == other,
        "gradient_difference: images of {shape:?} and of {other:?}; both must have the same shape"
    );
    // Gradients are linear: the difference of two gradients is the gradient of the difference.
    let difference = a - b;
    let mut sum = Tensor::zeros([1], &difference.device());
    // Along rows, then along columns.
    for axis in [3, 2] {
        let steps = shape[axis] - 1;
        if steps > 0 {
            let next = difference.clone().narrow(axis, 1, steps);
            sum = sum
                + (next - difference.clone().narrow(axis, 0, steps))
                    .abs()
                    .mean();
        }
    }
    sum
}

/// Blurs images with the separable window: one matrix product per axis.
fn blur<B: Backend>(images: Tensor<B, 4>, [down, across]: &[Tensor<B, 4>; 2]) -> Tensor<B, 4> {
    // A Gaussian window is separable: it is applied down the columns, then along the rows.
    down.clone().matmul(images).matmul(across.clone())
}

/// SSIM's window along one axis as a banded matrix.
///
/// The band is cut off at the edges, which is equivalent to padding with zeros. Matrix products are the operation that
/// every backend runs fastest, forward and backward, and the matrix is symmetric, so that one form serves both axes.
fn window_matrix<B: Backend>(side: usize, device: &B::Device) -> Tensor<B, 4> {
    let half = WINDOW / 2;
    let weights: [f64; WINDOW] = std::array::from_fn(|at| {
        (-(at as f64 - half as f64).powi(2) / (2.0 * SIGMA_PX * SIGMA_PX)).exp()
    });
    let sum: f64 = weights.iter().sum();
    // The first and the last rows hold a part of the window only:
    //
    //   row 0   w5 w6 … w10  0  0 …
    //   row 1   w4 w5 … w9  w10 0 …
    let mut matrix = vec![0.0_f32; side * side];
    for (row, values) in matrix.chunks_exact_mut(side).enumerate() {
        let first = row.saturating_sub(half);
        for (at, value) in values
            .iter_mut()
            .enumerate()
            .take(row + half + 1)
            .skip(first)
        {
            *value = (weights[at + half - row] / sum) as f32;
        }
    }
    Tensor::from_data(TensorData::new(matrix, [1, 1, side, side]), device)
}
