use oddframe_clips::ClipScorer;
use oddframe_core::{ClipShape, Error};
use oddframe_nn::{Freezer, Frozen, Kernels};

use super::{check, failed};

/// A network that is one chain over images: the frames of a clip, or each clip as one image of more channels. Both lie
/// in memory as the clips do.
#[derive(Debug)]
pub(crate) struct Chain<B: Kernels> {
    kind: &'static str,
    clip: ClipShape,
    images: usize,
    layers: Frozen<B>,
}

impl<B: Kernels> Chain<B> {
    /// A chain that takes so many images out of each clip.
    pub(crate) fn boxed(
        kind: &'static str,
        clip: ClipShape,
        images: usize,
        layers: Result<Freezer, oddframe_nn::Error>,
        device: &B::Device,
    ) -> Result<Box<dyn ClipScorer>, crate::Error> {
        let layers = layers.and_then(|chain| chain.build::<B>(device)).map_err(crate::Error::layer(kind))?;
        Ok(Box::new(Self { kind, clip, images, layers }))
    }
}

impl<B: Kernels> ClipScorer for Chain<B> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check(self.clip, &self.explained(), batch, clips, out.len())?;
        self.layers.run(clips, batch * self.images, out).map_err(failed(self.kind))
    }
}
