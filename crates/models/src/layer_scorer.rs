use std::fmt;
use std::ops::Range;

use oddframe_clips::ClipScorer;
use oddframe_core::{ClipShape, Error};
use oddframe_nn::Kernels;

use crate::inference_checks::{check_batch, scoring_error};
use crate::network::Network;

/// The layers of a network in their inference form. [`LayerScorer`] makes a [`ClipScorer`] of them.
pub(crate) trait RunLayers: fmt::Debug + Send {
    /// Writes the predictions of a batch of clips, `[batch, T, C, H, W]`. The lengths of both slices are checked.
    fn run_batch(
        &mut self,
        clips: &[f32],
        batch: usize,
        out: &mut [f32],
    ) -> Result<(), oddframe_nn::Error>;
}

/// A fused inference form: it checks each batch, runs the layers, and names the network in errors.
#[derive(Debug)]
pub(crate) struct LayerScorer<L> {
    kind: &'static str,
    clip: ClipShape,
    predicted: Range<usize>,
    layers: L,
}

impl<L: RunLayers + 'static> LayerScorer<L> {
    /// The fused inference form of a network, or the error of its layers.
    pub(crate) fn boxed<B: Kernels>(
        network: &impl Network<B>,
        layers: Result<L, oddframe_nn::Error>,
    ) -> Result<Option<Box<dyn ClipScorer>>, crate::Error> {
        let (kind, clip) = (network.kind(), network.clip_shape());
        Ok(Some(Box::new(Self {
            kind,
            clip,
            predicted: network.predicted_frames(clip.frames),
            layers: layers.map_err(crate::Error::layer(kind))?,
        })))
    }
}

impl<L: RunLayers> ClipScorer for LayerScorer<L> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn predicted_frames(&self) -> Range<usize> {
        self.predicted.clone()
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check_batch(self.clip, &self.predicted, batch, clips, out.len())?;
        self.layers
            .run_batch(clips, batch, out)
            .map_err(scoring_error(self.kind))
    }
}
