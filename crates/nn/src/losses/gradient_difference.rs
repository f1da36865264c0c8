use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// How far the edges of two images are apart: the mean absolute difference between the steps from each pixel to its
/// right neighbour, plus that between the steps to the neighbour below.
///
/// An axis of one pixel has no steps and adds nothing.
///
/// # Shapes
/// Both `[batch, channels, height, width]`; the result is one value.
///
/// # Panics
/// When the shapes differ.
pub fn gradient_difference<B: Backend>(a: Tensor<B, 4>, b: Tensor<B, 4>) -> Tensor<B, 1> {
    let (shape, other) = (a.dims(), b.dims());
    assert!(shape == other, "gradient_difference: images of {shape:?} and of {other:?}");
    // The difference of the steps is the step of the difference.
    let difference = a - b;
    let mut sum = Tensor::zeros([1], &difference.device());
    for axis in [3, 2] {
        let steps = shape[axis] - 1;
        if steps > 0 {
            let next = difference.clone().narrow(axis, 1, steps);
            sum = sum + (next - difference.clone().narrow(axis, 0, steps)).abs().mean();
        }
    }
    sum
}
