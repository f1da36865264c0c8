use burn::tensor::TensorMetadata;
use burn_flex::FlexTensor;

use super::conv::fitting;
use super::dense::{channels_first, contiguous, values, values_mut};
use crate::kernels::AdamStep;

/// In place where nothing else holds the weights or the moments.
pub(super) fn adam(
    weight: FlexTensor,
    gradient: FlexTensor,
    moments: Option<[FlexTensor; 2]>,
    step: &AdamStep,
) -> (FlexTensor, [FlexTensor; 2]) {
    let shape = weight.shape();
    let moments =
        moments.unwrap_or_else(|| [(); 2].map(|()| contiguous(vec![0.0; shape.num_elements()], &shape)));
    let (mut weight, gradient) = (channels_first(weight), channels_first(gradient));
    let [mut mean, mut square] = moments.map(channels_first);
    let kernel = oddframe_kernels::Adam::new(step.beta_1, step.beta_2, step.epsilon, step.weight_decay);
    fitting(kernel.and_then(|kernel| {
        let (mean, square) = (values_mut(&mut mean), values_mut(&mut square));
        kernel.step(step.rate, step.time, values_mut(&mut weight), values(&gradient), mean, square)
    }));
    drop(gradient);
    (weight, [mean, square])
}
