use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;

use super::kernel::expect_kernel;
use super::layout::{channels_first, contiguous, slice_values, slice_values_mut};
use crate::saved::AdamStep;

/// One pass over weights, gradient and moments, in place if no other tensor shares the weights or the moments.
pub(super) fn adam(
    weight: FlexTensor,
    gradient: FlexTensor,
    moments: Option<[FlexTensor; 2]>,
    step: &AdamStep,
) -> (FlexTensor, [FlexTensor; 2]) {
    let shape = weight.shape();
    // Before the first step the moments are zero.
    let moments = moments
        .unwrap_or_else(|| [(); 2].map(|()| contiguous(vec![0.0; shape.num_elements()], &shape)));
    // Weights, gradients and moments are brought into one order, since the kernel pairs them by their place in memory;
    // the order itself makes no difference to an elementwise update.
    let (mut weight, gradient) = (channels_first(weight), channels_first(gradient));
    let [mut mean, mut square] = moments.map(channels_first);
    let kernel =
        oddframe_kernels::Adam::new(step.beta_1, step.beta_2, step.epsilon, step.weight_decay);
    // The kernel updates all three slices in one pass; a shared tensor was copied by `slice_values_mut` first.
    expect_kernel(kernel.and_then(|kernel| {
        let (mean, square) = (slice_values_mut(&mut mean), slice_values_mut(&mut square));
        kernel.step(
            step.rate,
            step.time,
            slice_values_mut(&mut weight),
            slice_values(&gradient),
            mean,
            square,
        )
    }));
    // Its memory goes back to the pool before the next parameter takes some.
    drop(gradient);
    (weight, [mean, square])
}
