use std::fmt::Debug;
use std::ops::Range;

use oddframe_core::{ClipShape, Error};
use oddframe_score::Pair;

use crate::Measure;

/// A trained network in its inference form: it takes clips and gives one score for each frame that it predicts.
///
/// A network that *reconstructs* gives its own version of every frame of the clip; a network that *predicts* gives a frame
/// that it has not seen. Both are called predictions here. Scoring takes `&mut self` because a network keeps its buffers
/// from call to call.
///
/// ```
/// use oddframe_clips::{ClipScorer, Measure};
/// use oddframe_core::{ClipShape, Error};
/// use oddframe_score::Max;
///
/// /// Predicts that every pixel is black.
/// #[derive(Debug)]
/// struct Black(ClipShape);
///
/// impl ClipScorer for Black {
///     fn clip(&self) -> ClipShape {
///         self.0
///     }
///     fn reconstruct(&mut self, _: &[f32], _: usize, out: &mut [f32]) -> Result<(), Error> {
///         out.fill(0.0);
///         Ok(())
///     }
/// }
///
/// // One clip of two frames of two pixels each.
/// let mut network = Black(ClipShape { frames: 2, channels: 1, height: 1, width: 2 });
/// let mut scores = [0.0; 2];
/// network.score(&[0.0, 0.5, 1.0, 0.0], 1, &[Measure::new(Max)], &mut Vec::new(), &mut scores)?;
/// assert_eq!(scores, [0.25, 1.0]);
/// # Ok::<(), Error>(())
/// ```
pub trait ClipScorer: Debug + Send {
    /// The shape of the clips that the network takes.
    fn clip(&self) -> ClipShape;

    /// The places of a clip that the network predicts: all when it reconstructs, the last when it predicts the future.
    fn predicted_frames(&self) -> Range<usize> {
        0..self.clip().frames
    }

    /// Writes the predictions of a batch of clips.
    ///
    /// # Shapes
    /// `clips`: `[batch,T,C,H,W]` of [`Self::clip`]; `out`: `[batch,P,C,H,W]`, where P is the number of
    /// [`Self::predicted_frames`].
    ///
    /// # Errors
    /// When a slice does not have the length of its shape, or the batch is empty.
    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error>;

    /// Writes the pooled error of every predicted frame, by each of the measures.
    ///
    /// A network that pools on its own device overrides this, so that the predictions need not be copied.
    ///
    /// # Shapes
    /// `clips`: `[batch,T,C,H,W]`; `scores`: `[measures,batch,P]`. `predictions` is scratch memory, which the caller keeps
    /// from call to call.
    ///
    /// # Errors
    /// As [`Self::reconstruct`].
    fn score(
        &mut self,
        clips: &[f32],
        batch: usize,
        measures: &[Measure],
        predictions: &mut Vec<f32>,
        scores: &mut [f64],
    ) -> Result<(), Error> {
        let frames = self.predicted_frames();
        predictions.resize(batch * frames.len() * self.clip().frame_values(), 0.0);
        self.reconstruct(clips, batch, predictions)?;
        pool_predictions(self.clip(), &frames, clips, predictions, measures, scores)
    }
}

/// Pools the errors of predictions that are already computed. Shapes as in [`ClipScorer::score`].
pub(crate) fn pool_predictions(
    clip: ClipShape,
    predicted: &Range<usize>,
    clips: &[f32],
    predictions: &[f32],
    measures: &[Measure],
    scores: &mut [f64],
) -> Result<(), Error> {
    let frames = predictions.len() / clip.frame_values();
    Error::check_length("scores of a batch", measures.len() * frames, scores.len())?;
    // Frame by frame, so that the pixels are still in the cache for the second measure.
    for (place, pair) in predicted_pairs(clip, predicted, clips, predictions).enumerate() {
        let pair = pair?;
        for (measure, scores) in measures.iter().zip(scores.chunks_exact_mut(frames)) {
            scores[place] = measure.pool_pair(pair);
        }
    }
    Ok(())
}

/// Every predicted frame of a batch together with its prediction, clip by clip.
pub(crate) fn predicted_pairs<'a>(
    clip: ClipShape,
    predicted: &Range<usize>,
    clips: &'a [f32],
    predictions: &'a [f32],
) -> impl Iterator<Item = Result<Pair<'a>, Error>> + use<'a> {
    let ClipShape {
        frames,
        channels,
        height,
        width,
    } = clip;
    let image = clip.frame_values();
    // A clip holds all frames, its predictions only those of the predicted places, one after the other:
    //     clip          | 0 | 1 | 2 | 3 |
    //     predictions           | 2 | 3 |
    let values = predicted.start * image..predicted.end * image;
    clips
        .chunks_exact(frames * image)
        .flat_map(move |clip| clip[values.clone()].chunks_exact(image))
        .zip(predictions.chunks_exact(image))
        .map(move |(frame, prediction)| {
            Pair::new(frame, prediction, channels, width, height).map_err(|source| Error::System {
                system: "pooling",
                source: source.into(),
            })
        })
}
