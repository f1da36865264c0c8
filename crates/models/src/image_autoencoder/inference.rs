use burn::tensor::backend::Backend;
use oddframe_nn::{Arithmetic, Inference, InferenceBuilder, Kernels};

use super::ImageAutoencoder;
use crate::layer_scorer::RunLayers;

/// The inference form of a network that is one chain over images.
///
/// The images are the frames of a clip, or each clip as one image whose channels are those of all frames. In both cases
/// the values of a clip lie in memory as the chain reads them, so that nothing is copied.
#[derive(Debug)]
pub(crate) struct ImageInference<B: Kernels> {
    images_per_clip: usize,
    chain: Inference<B>,
}

impl<B: Kernels> ImageInference<B> {
    /// Builds the chain of `layers`, which reads each clip as `images_per_clip` images.
    pub(crate) fn new(
        images_per_clip: usize,
        layers: &ImageAutoencoder<B>,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Self, oddframe_nn::Error> {
        Ok(Self {
            images_per_clip,
            chain: layers.inference_builder()?.build_with(device, arithmetic)?,
        })
    }
}

impl<B: Kernels> RunLayers for ImageInference<B> {
    fn run_batch(
        &mut self,
        clips: &[f32],
        batch: usize,
        out: &mut [f32],
    ) -> Result<(), oddframe_nn::Error> {
        self.chain.run(clips, batch * self.images_per_clip, out)
    }
}

impl<B: Backend> ImageAutoencoder<B> {
    /// The whole autoencoder as one inference chain.
    ///
    /// # Errors
    /// When a weight cannot be read.
    pub(crate) fn inference_builder(&self) -> Result<InferenceBuilder, oddframe_nn::Error> {
        let [channels, height, width] = self.image;
        let innermost = self
            .up
            .first()
            .map_or(channels, |up| up.conv.weight.val().dims()[0]);
        // Every encoder layer halves both sides.
        let bottom = [
            innermost,
            height >> self.down.len(),
            width >> self.down.len(),
        ];
        let mut chain = InferenceBuilder::new(&self.image);
        for block in &self.down {
            chain = block.append_to(chain)?;
        }
        if let Some(latent) = &self.latent {
            chain = latent.append_to(chain, &bottom)?;
        }
        self.up
            .iter()
            .try_fold(chain, |chain, block| block.append_to(chain))
    }
}
