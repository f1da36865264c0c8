use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Tensor};

/// Sets whole channels of an image to zero at random while the network learns, and makes up for it in the others:
/// PyTorch's `Dropout2d`. In scoring it does nothing.
#[derive(Module, Clone, Debug)]
pub struct ChannelDropout {
    /// The share of channels that become zero.
    pub share: f64,
}

impl ChannelDropout {
    /// Applies it.
    ///
    /// # Shapes
    /// `[batch, channels, height, width]`, the same out.
    pub fn forward<B: Backend>(&self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        let device = images.device();
        if self.share == 0.0 || !B::ad_enabled(&device) {
            return images;
        }
        let [batch, channels, ..] = images.dims();
        let kept = 1.0 - self.share;
        let mask = Tensor::<B, 4>::random([batch, channels, 1, 1], Distribution::Bernoulli(kept), &device);
        images * (mask / kept)
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};

    use super::*;

    fn channels<B: Backend>() -> Vec<f32> {
        let device = B::Device::default();
        B::seed(&device, 7);
        let images = Tensor::<B, 4>::ones([20, 50, 3, 2], &device);
        let dropped: Tensor<B, 4> = ChannelDropout { share: 0.2 }.forward(images);
        let values: Vec<f32> = dropped.into_data().to_vec().unwrap();
        let each =
            values.chunks_exact(6).inspect(|channel| assert!(channel.iter().all(|v| *v == channel[0])));
        each.map(|channel| channel[0]).collect()
    }

    #[test]
    fn channels_are_dropped_whole_and_only_in_training() {
        let learning = channels::<Autodiff<Flex>>();
        assert!(learning.iter().all(|value| *value == 0.0 || (value - 1.25).abs() < 1e-6));
        let dropped = learning.iter().filter(|value| **value == 0.0).count();
        assert!((150..250).contains(&dropped), "{dropped} of 1000");
        assert!(channels::<Flex>().iter().all(|value| *value == 1.0));
    }
}
