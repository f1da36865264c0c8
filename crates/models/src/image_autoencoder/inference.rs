use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::{ClipShape, Error};
use oddframe_nn::{Inference, InferenceBuilder, Kernels};

use super::ImageAutoencoder;
use crate::inference_checks::{check_batch, scoring_error};

/// The inference form of a network that is one chain over images.
///
/// The images are the frames of a clip, or each clip as one image whose channels are those of all frames. In both cases
/// the values of a clip lie in memory as the chain reads them, so that nothing is copied.
#[derive(Debug)]
pub(crate) struct ImageInference<B: Kernels> {
    kind: &'static str,
    clip: ClipShape,
    images_per_clip: usize,
    chain: Inference<B>,
}

impl<B: Kernels> ImageInference<B> {
    /// Builds the chain of `layers`, which reads each clip as `images_per_clip` images.
    pub(crate) fn boxed(
        kind: &'static str,
        clip: ClipShape,
        images_per_clip: usize,
        layers: &ImageAutoencoder<B>,
        device: &B::Device,
    ) -> Result<Box<dyn ClipScorer>, crate::Error> {
        let chain = layers
            .inference_builder()
            .and_then(|builder| builder.build::<B>(device));
        let chain = chain.map_err(crate::Error::layer(kind))?;
        Ok(Box::new(Self {
            kind,
            clip,
            images_per_clip,
            chain,
        }))
    }
}

impl<B: Kernels> ClipScorer for ImageInference<B> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check_batch(self.clip, &self.predicted_frames(), batch, clips, out.len())?;
        self.chain
            .run(clips, batch * self.images_per_clip, out)
            .map_err(scoring_error(self.kind))
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
