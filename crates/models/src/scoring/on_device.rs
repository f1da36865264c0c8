use std::ops::Range;

use oddframe_clips::{ClipScorer, Measure};
use oddframe_core::{ClipShape, Error};
use oddframe_nn::{ErrorMapper, Kernels, clips_to_tensor, join_channels, pool_on_device, tensor_to_values};
use oddframe_score::{AnyPool, Distance};

use super::{check, failed};

/// A network that scores by its backend's own operations: clips go to the device, and only the scores come back where the
/// device can pool. Squared errors under the mean, MAX and the top K patches can; for the rest it gives its versions
/// of the frames.
///
/// The network must be one that no longer learns: what `valid()` gives.
#[derive(Debug)]
pub struct OnDevice<B: Kernels, M> {
    model: M,
    kind: &'static str,
    clip: ClipShape,
    device: B::Device,
}

impl<B: Kernels, M: ErrorMapper<B>> OnDevice<B, M> {
    /// The scoring form of a network that takes these clips, on the device where it is. `kind` names it in errors.
    pub fn new(model: M, kind: &'static str, clip: ClipShape, device: B::Device) -> Self {
        Self { model, kind, clip, device }
    }
}

impl<B: Kernels, M: ErrorMapper<B> + std::fmt::Debug + Send> ClipScorer for OnDevice<B, M> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn explained(&self) -> Range<usize> {
        self.model.explained(self.clip.frames)
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check(self.clip, &self.explained(), batch, clips, out.len())?;
        let run = || {
            let clips = clips_to_tensor::<B>(clips.to_vec(), batch, self.clip, &self.device)?;
            tensor_to_values(self.model.reconstruct(clips))
        };
        out.copy_from_slice(&run().map_err(failed(self.kind))?);
        Ok(())
    }

    fn score(
        &mut self,
        clips: &[f32],
        batch: usize,
        measures: &[Measure],
        versions: &mut Vec<f32>,
        scores: &mut [f64],
    ) -> Result<(), Error> {
        if !measures.iter().all(pools_there) {
            return Downloaded(self).score(clips, batch, measures, versions, scores);
        }
        let (explained, image) = (self.explained(), self.clip.frame_values());
        let each = scores.len() / measures.len().max(1);
        check(self.clip, &explained, batch, clips, each.saturating_mul(image))?;
        let mut run = || {
            let clips = clips_to_tensor::<B>(clips.to_vec(), batch, self.clip, &self.device)?;
            let errors = self.model.squared_errors(clips);
            for (measure, scores) in measures.iter().zip(scores.chunks_exact_mut(each)) {
                let maps = join_channels(errors.clone(), measure.channels);
                for (score, value) in
                    scores.iter_mut().zip(tensor_to_values(pool_on_device(maps, &measure.pool)?)?)
                {
                    *score = value.into();
                }
            }
            Ok(())
        };
        run().map_err(failed(self.kind))
    }
}

/// Whether a device can pool so.
fn pools_there(measure: &Measure) -> bool {
    let pools = matches!(measure.pool, AnyPool::Mean(_) | AnyPool::Max(_) | AnyPool::TopKPatches(_));
    pools && measure.distance == Distance::Squared
}

/// The same network, pooled here.
#[derive(Debug)]
struct Downloaded<'a, S>(&'a mut S);

impl<S: ClipScorer> ClipScorer for Downloaded<'_, S> {
    fn clip(&self) -> ClipShape {
        self.0.clip()
    }

    fn explained(&self) -> Range<usize> {
        self.0.explained()
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        self.0.reconstruct(clips, batch, out)
    }
}
