use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::randomness::dropout_mask;

/// Sets values to zero at random in training, like PyTorch's `Dropout`. In inference it does nothing.
///
/// The remaining values are scaled by `1 / (1 - share)`, so that the expected value of each stays the same. The mask
/// comes from the thread's random stream, see [`with_random_stream`](crate::with_random_stream).
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::Dropout;
///
/// let values = Tensor::<Flex, 2>::ones([4, 8], &Default::default());
/// assert_eq!(Dropout { share: 0.5 }.forward(values).min().into_scalar(), 1.0); // not in training
/// ```
#[derive(Module, Clone, Debug)]
pub struct Dropout {
    /// The probability that a value becomes zero: at least 0 and below 1.
    pub share: f64,
}

impl Dropout {
    /// Applies the dropout when the backend records gradients.
    pub fn forward<B: Backend, const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let device = input.device();
        if self.share == 0.0 || !B::ad_enabled(&device) {
            return input;
        }
        let mask = dropout_mask(input.dims(), self.share, &device);
        input * mask
    }
}
