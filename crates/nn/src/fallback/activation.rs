use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorMetadata};

use oddframe_kernels::Activation;

pub(crate) fn activate<B: Backend>(
    tensor: FloatTensor<B>,
    activation: Activation,
) -> FloatTensor<B> {
    match activation {
        Activation::Identity => tensor,
        Activation::Relu => B::relu(tensor),
        Activation::Relu6 => B::float_clamp(tensor, 0.0.into(), 6.0.into()),
        Activation::LeakyRelu(slope) => B::leaky_relu(tensor, slope.into()),
        Activation::Sigmoid => B::sigmoid(tensor),
        Activation::Tanh => B::float_tanh(tensor),
    }
}

/// The gradient before the activation, from the one after it and the activation's output.
///
/// Each of these activations determines its derivative from its output alone, so that the input need not be saved.
pub(super) fn activation_gradient<B: Backend>(
    output: Option<FloatTensor<B>>,
    gradient: FloatTensor<B>,
    activation: Activation,
) -> FloatTensor<B> {
    // Only the identity is saved without its output, and its gradient is unchanged.
    let Some(output) = output else {
        return gradient;
    };
    match activation {
        Activation::Identity => gradient,
        Activation::Relu => B::relu_backward(output, gradient),
        Activation::Relu6 => {
            // Zero where the output lies on one of its bounds.
            let dtype =
                burn::tensor::get_device_settings::<B>(&B::float_device(&output)).bool_dtype;
            let below = B::float_lower_equal_elem(output.clone(), 0.0.into(), dtype);
            let above = B::float_greater_equal_elem(output, 6.0.into(), dtype);
            let gradient = B::float_mask_fill(gradient, below, 0.0.into());
            B::float_mask_fill(gradient, above, 0.0.into())
        }
        Activation::LeakyRelu(slope) => {
            // The output has the sign of the input, since slopes are not negative.
            let dtype =
                burn::tensor::get_device_settings::<B>(&B::float_device(&output)).bool_dtype;
            let below = B::float_lower_equal_elem(output, 0.0.into(), dtype);
            let sloped = B::float_mul_scalar(gradient.clone(), slope.into());
            B::float_mask_where(gradient, below, sloped)
        }
        Activation::Sigmoid => B::sigmoid_backward(output, gradient),
        Activation::Tanh => {
            // tanh' = 1 - tanh²
            debug_assert_eq!(output.shape(), gradient.shape());
            let squared = B::float_mul(output.clone(), output);
            let slope = B::float_add_scalar(B::float_neg(squared), 1.0.into());
            B::float_mul(gradient, slope)
        }
    }
}

/// The derivative of the logistic function where its value is `output`: y (1 - y).
pub(super) fn sigmoid_slope<B: Backend, const D: usize>(output: &Tensor<B, D>) -> Tensor<B, D> {
    output.clone() * (output.clone().neg() + 1.0)
}

/// The derivative of the hyperbolic tangent where its value is `output`: 1 - y².
pub(super) fn tanh_slope<B: Backend, const D: usize>(output: &Tensor<B, D>) -> Tensor<B, D> {
    output.clone().square().neg() + 1.0
}
