use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_nn::dropout_mask;

/// Sets whole channels of an image to zero at random in training, like PyTorch's `Dropout2d`. In inference it does nothing.
///
/// The remaining channels are scaled by `1 / (1 - share)`, so that the expected value of each stays the same.
#[derive(Module, Clone, Debug)]
pub(crate) struct ChannelDropout {
    /// The probability that a channel becomes zero.
    pub(crate) share: f64,
}

impl ChannelDropout {
    /// Applies the dropout.
    ///
    /// # Shapes
    /// `[batch, channels, height, width]`, the same out.
    pub(crate) fn forward<B: Backend>(&self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        let device = images.device();
        // Training runs on an autodiff backend and inference on its inner one: the backend says which of both this is.
        if self.share == 0.0 || !B::ad_enabled(&device) {
            return images;
        }
        let [batch, channels, ..] = images.dims();
        // One factor for each channel and image, broadcast over its positions.
        images * dropout_mask([batch, channels, 1, 1], self.share, &device)
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};

    use super::*;

    fn dropped_channels<B: Backend>() -> Vec<f32> {
        let device = B::Device::default();
        let images = Tensor::<B, 4>::ones([20, 50, 3, 2], &device);
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
}
