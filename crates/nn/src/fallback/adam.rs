use burn::tensor::TensorMetadata;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;

use crate::saved::AdamStep;

/// Adam as `torch.optim.Adam` writes it down: Kingma and Ba, "Adam: a method for stochastic optimization" (2015).
pub(crate) fn adam<B: Backend>(
    weight: FloatTensor<B>,
    gradient: FloatTensor<B>,
    moments: Option<[FloatTensor<B>; 2]>,
    step: &AdamStep,
) -> (FloatTensor<B>, [FloatTensor<B>; 2]) {
    // Weight decay as an L2 penalty: it adds to the gradient, before the moments see it.
    let gradient = if step.weight_decay == 0.0 {
        gradient
    } else {
        B::float_add(
            gradient,
            B::float_mul_scalar(weight.clone(), step.weight_decay.into()),
        )
    };
    let [mean, square] = moments.unwrap_or_else(|| {
        let (device, dtype) = (B::float_device(&weight), weight.dtype());
        [(); 2].map(|()| B::float_zeros(weight.shape(), &device, dtype.into()))
    });
    let squared = B::float_mul(gradient.clone(), gradient.clone());
    let mean = decay_towards::<B>(mean, gradient, step.beta_1);
    let square = decay_towards::<B>(square, squared, step.beta_2);
    // Both moments start at zero, which biases the first steps; dividing by 1 - beta^t corrects that.
    let time = step.time as f64;
    let mean_correction = 1.0 - step.beta_1.powf(time);
    let root_correction = (1.0 - step.beta_2.powf(time)).sqrt();
    let root = B::float_div_scalar(B::float_sqrt(square.clone()), root_correction.into());
    let direction = B::float_div(mean.clone(), B::float_add_scalar(root, step.epsilon.into()));
    let change = B::float_mul_scalar(direction, (step.rate / mean_correction).into());
    (B::float_sub(weight, change), [mean, square])
}

/// `beta * old + (1 - beta) * new`.
fn decay_towards<B: Backend>(
    old: FloatTensor<B>,
    new: FloatTensor<B>,
    beta: f64,
) -> FloatTensor<B> {
    B::float_add(
        B::float_mul_scalar(old, beta.into()),
        B::float_mul_scalar(new, (1.0 - beta).into()),
    )
}
