use burn::tensor::TensorMetadata;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;

use crate::kernels::AdamStep;

pub(crate) fn adam<B: Backend>(
    weight: FloatTensor<B>,
    gradient: FloatTensor<B>,
    moments: Option<[FloatTensor<B>; 2]>,
    step: &AdamStep,
) -> (FloatTensor<B>, [FloatTensor<B>; 2]) {
    let gradient = if step.weight_decay == 0.0 {
        gradient
    } else {
        B::float_add(gradient, B::float_mul_scalar(weight.clone(), step.weight_decay.into()))
    };
    let [mean, square] = moments.unwrap_or_else(|| {
        let (device, dtype) = (B::float_device(&weight), weight.dtype());
        [(); 2].map(|()| B::float_zeros(weight.shape(), &device, dtype.into()))
    });
    let squared = B::float_mul(gradient.clone(), gradient.clone());
    let mean = decayed::<B>(mean, gradient, step.beta_1);
    let square = decayed::<B>(square, squared, step.beta_2);
    let time = step.time as f64;
    let unbiased_mean = 1.0 - step.beta_1.powf(time);
    let unbiased_root = (1.0 - step.beta_2.powf(time)).sqrt();
    let root = B::float_div_scalar(B::float_sqrt(square.clone()), unbiased_root.into());
    let direction = B::float_div(mean.clone(), B::float_add_scalar(root, step.epsilon.into()));
    let change = B::float_mul_scalar(direction, (step.rate / unbiased_mean).into());
    (B::float_sub(weight, change), [mean, square])
}

/// `beta * old + (1 - beta) * new`.
fn decayed<B: Backend>(old: FloatTensor<B>, new: FloatTensor<B>, beta: f64) -> FloatTensor<B> {
    B::float_add(B::float_mul_scalar(old, beta.into()), B::float_mul_scalar(new, (1.0 - beta).into()))
}
