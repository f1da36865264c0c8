use std::ops::Range;

use oddframe_clips::{ClipScorer, Measure};
use oddframe_core::{ClipShape, Error};
use oddframe_nn::{
    Kernels, Reconstruct, clips_to_tensor, join_channels, pool_on_device, tensor_to_values,
};
use oddframe_score::{AnyPool, Distance};

use crate::inference_checks::{check_batch, scoring_error};

/// The generic inference form of a network: its own `reconstruct`, on whatever backend and device it is.
///
/// Clips are uploaded as a batch. Where the device can pool the squared errors (mean, max, top K patches), only the scores
/// are downloaded; for other measures the reconstructions are, and they are compared and pooled on the CPU.
///
/// The network must not be in training form: take what `valid()` returns.
///
/// [`Network::to_inference`](crate::Network::to_inference) makes one where a network has no fused form.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use burn::tensor::backend::Backend;
/// use oddframe_clips::{ClipScorer, Measure};
/// use oddframe_core::ClipShape;
/// use oddframe_models::GenericInference;
/// use oddframe_nn::Reconstruct;
/// use oddframe_score::Mean;
///
/// /// Reconstructs every frame as black.
/// #[derive(Debug)]
/// struct Black;
/// impl<B: Backend> Reconstruct<B> for Black {
///     fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
///         clips.zeros_like()
///     }
/// }
///
/// let clip = ClipShape { frames: 2, channels: 1, height: 4, width: 4 };
/// let mut scorer = GenericInference::<Flex, _>::new(Black, "black", clip, Default::default());
/// let mut scores = [0.0; 2];
/// scorer.score(&[0.5; 2 * 16], 1, &[Measure::new(Mean)], &mut Vec::new(), &mut scores)?;
/// assert_eq!(scores, [0.25, 0.25]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug)]
pub struct GenericInference<B: Kernels, M> {
    model: M,
    kind: &'static str,
    clip: ClipShape,
    device: B::Device,
}

impl<B: Kernels, M: Reconstruct<B>> GenericInference<B, M> {
    /// The inference form of a network that takes these clips and whose weights are on this device. `kind` is its name
    /// in errors.
    pub fn new(model: M, kind: &'static str, clip: ClipShape, device: B::Device) -> Self {
        Self {
            model,
            kind,
            clip,
            device,
        }
    }

    fn reconstruct_values(
        &self,
        clips: &[f32],
        batch: usize,
    ) -> Result<Vec<f32>, oddframe_nn::Error> {
        let clips = clips_to_tensor::<B>(clips.to_vec(), batch, self.clip, &self.device)?;
        tensor_to_values(self.model.reconstruct(clips))
    }

    /// Scores a batch by measures that the device can pool: the squared errors are computed once for all of them.
    fn score_on_device(
        &self,
        clips: &[f32],
        batch: usize,
        measures: &[Measure],
        scores: &mut [f64],
    ) -> Result<(), oddframe_nn::Error> {
        let each = scores.len() / measures.len().max(1);
        let clips = clips_to_tensor::<B>(clips.to_vec(), batch, self.clip, &self.device)?;
        // Squared errors per channel; the measures differ in how they join channels and pool pixels. A score for each
        // frame:
        //
        //   scores   | measure 0: clip 0 frame 0, clip 0 frame 1, …, clip 1 frame 0, … | measure 1: … |
        let errors = self.model.squared_errors(clips);
        for (measure, scores) in measures.iter().zip(scores.chunks_exact_mut(each)) {
            let maps = join_channels(errors.clone(), measure.channels);
            let pooled = tensor_to_values(pool_on_device(maps, &measure.pool)?)?;
            for (score, value) in scores.iter_mut().zip(pooled) {
                *score = value.into();
            }
        }
        Ok(())
    }
}

impl<B: Kernels, M: Reconstruct<B> + std::fmt::Debug + Send> ClipScorer for GenericInference<B, M> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn predicted_frames(&self) -> Range<usize> {
        self.model.predicted_frames(self.clip.frames)
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check_batch(self.clip, &self.predicted_frames(), batch, clips, out.len())?;
        out.copy_from_slice(
            &self
                .reconstruct_values(clips, batch)
                .map_err(scoring_error(self.kind))?,
        );
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
        // One measure that the device cannot pool needs the reconstructions anyway: then the CPU pools for all.
        if !measures.iter().all(can_pool_on_device) {
            return PooledOnCpu(self).score(clips, batch, measures, versions, scores);
        }
        let each = scores.len() / measures.len().max(1);
        let outputs = each.saturating_mul(self.clip.frame_values());
        check_batch(self.clip, &self.predicted_frames(), batch, clips, outputs)?;
        self.score_on_device(clips, batch, measures, scores)
            .map_err(scoring_error(self.kind))
    }
}

fn can_pool_on_device(measure: &Measure) -> bool {
    let pools = matches!(
        measure.pool,
        AnyPool::Mean(_) | AnyPool::Max(_) | AnyPool::TopKPatches(_)
    );
    pools && measure.distance == Distance::Squared
}

/// The same network with the provided `score` of [`ClipScorer`], which pools on the CPU.
#[derive(Debug)]
struct PooledOnCpu<'a, S>(&'a mut S);

impl<S: ClipScorer> ClipScorer for PooledOnCpu<'_, S> {
    fn clip(&self) -> ClipShape {
        self.0.clip()
    }

    fn predicted_frames(&self) -> Range<usize> {
        self.0.predicted_frames()
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        self.0.reconstruct(clips, batch, out)
    }
}
