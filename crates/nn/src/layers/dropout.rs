use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::kernels::Kernels;
use crate::randomness::dropout_mask;
use crate::tensors::{from_primitive, to_primitive};

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

/// Sets whole channels to zero at random in training, like PyTorch's `Dropout2d` and `Dropout3d`. In inference it does
/// nothing.
///
/// The remaining channels are scaled by `1 / (1 - share)`, so that the expected value of each stays the same. The mask
/// comes from the thread's random stream, see [`with_random_stream`](crate::with_random_stream).
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::ChannelDropout;
///
/// let images = Tensor::<Flex, 4>::ones([4, 8, 2, 2], &Default::default());
/// let kept = ChannelDropout { share: 0.5 }.forward(images); // not in training
/// assert_eq!(kept.min().into_scalar(), 1.0);
/// ```
#[derive(Module, Clone, Debug)]
pub struct ChannelDropout {
    /// The probability that a channel becomes zero: at least 0 and below 1.
    pub share: f64,
}

impl ChannelDropout {
    /// Applies the dropout when the backend records gradients.
    ///
    /// # Shapes
    /// `[batch, channels, ...]`, the same out.
    ///
    /// # Panics
    /// When the input has fewer than two axes.
    pub fn forward<B: Kernels, const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let device = input.device();
        // Training runs on an autodiff backend and inference on its inner one: the backend says which of both this is.
        if self.share == 0.0 || !B::ad_enabled(&device) {
            return input;
        }
        let shape = input.dims();
        let factors = dropout_mask::<B, 2>([shape[0], shape[1]], self.share, &device);
        from_primitive(B::scale_channels(
            to_primitive(input),
            to_primitive(factors),
        ))
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use burn::backend::{Autodiff, Flex};

    use super::*;
    use crate::layers::Conv2dConfig;
    use crate::randomness::init_seeded;
    use crate::without_kernels;

    const SHAPE: [usize; 4] = [20, 50, 3, 2];

    /// The factor of each channel.
    fn dropped_channels<B: Kernels>() -> Vec<f32> {
        let images = Tensor::<B, 4>::ones(SHAPE, &B::Device::default());
        let dropped: Tensor<B, 4> = ChannelDropout { share: 0.2 }.forward(images);
        let values: Vec<f32> = dropped.into_data().to_vec().unwrap();
        let each = values
            .chunks_exact(6)
            .inspect(|channel| assert!(channel.iter().all(|v| *v == channel[0])));
        each.map(|channel| channel[0]).collect()
    }

    #[test]
    fn channels_are_dropped_whole_and_only_in_training() {
        let learning = dropped_channels::<Autodiff<Flex>>();
        assert!(
            learning
                .iter()
                .all(|value| *value == 0.0 || (value - 1.25).abs() < 1e-6)
        );
        let dropped = learning.iter().filter(|value| **value == 0.0).count();
        assert!((150..250).contains(&dropped), "{dropped} of 1000");
        assert!(dropped_channels::<Flex>().iter().all(|value| *value == 1.0));
    }

    /// Output and input gradient of images that another layer wrote with channels last.
    fn drop_channels_of_convolution() -> [Vec<f32>; 2] {
        type A = Autodiff<Flex>;
        let device = burn::tensor::Device::<A>::default();
        init_seeded(3, || {
            let layer = Conv2dConfig::new([2, 40], [3, 3])
                .init::<A>(&device)
                .unwrap();
            let images = Tensor::<A, 4>::ones([3, 2, 6, 5], &device).require_grad();
            let dropped = ChannelDropout { share: 0.4 }.forward(layer.forward(images.clone()));
            let gradients = dropped.clone().square().sum().backward();
            [dropped.inner(), images.grad(&gradients).unwrap()]
                .map(|tensor| tensor.into_data().to_vec().unwrap())
        })
    }

    #[test]
    fn the_kernel_drops_what_burns_operations_drop() {
        let (kernels, burn) = (
            drop_channels_of_convolution(),
            without_kernels(drop_channels_of_convolution),
        );
        assert!(burn[0].contains(&0.0) && burn[1].iter().any(|value| value.abs() > 1.0));
        for (found, expected) in kernels.concat().into_iter().zip(burn.concat()) {
            let fits = (found - expected).abs() <= 1e-5 * expected.abs().max(1.0);
            assert!(fits, "{found}, should be {expected}");
        }
    }
}
