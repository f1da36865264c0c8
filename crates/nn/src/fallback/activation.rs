use burn::tensor::TensorMetadata;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;

use crate::Activation;

pub(super) fn activate<B: Backend>(tensor: FloatTensor<B>, activation: Activation) -> FloatTensor<B> {
    match activation {
        Activation::Identity => tensor,
        Activation::Relu => B::relu(tensor),
        Activation::LeakyRelu(slope) => B::leaky_relu(tensor, slope.into()),
        Activation::Sigmoid => B::sigmoid(tensor),
        Activation::Tanh => B::float_tanh(tensor),
    }
}

/// The gradient before the activation, from the one after it and the output.
pub(super) fn activation_gradient<B: Backend>(
    output: Option<FloatTensor<B>>,
    gradient: FloatTensor<B>,
    activation: Activation,
) -> FloatTensor<B> {
    let Some(output) = output else { return gradient };
    match activation {
        Activation::Identity => gradient,
        Activation::Relu => B::relu_backward(output, gradient),
        Activation::LeakyRelu(slope) => {
            let dtype = burn::tensor::get_device_settings::<B>(&B::float_device(&output)).bool_dtype;
            let below = B::float_lower_equal_elem(output, 0.0.into(), dtype);
            let sloped = B::float_mul_scalar(gradient.clone(), slope.into());
            B::float_mask_where(gradient, below, sloped)
        }
        Activation::Sigmoid => B::sigmoid_backward(output, gradient),
        Activation::Tanh => {
            debug_assert_eq!(output.shape(), gradient.shape());
            let squared = B::float_mul(output.clone(), output);
            let slope = B::float_add_scalar(B::float_neg(squared), 1.0.into());
            B::float_mul(gradient, slope)
        }
    }
}
