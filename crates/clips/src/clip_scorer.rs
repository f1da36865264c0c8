use std::fmt::Debug;
use std::ops::Range;

use oddframe_core::{ClipShape, Error};
use oddframe_score::Pair;

use crate::Measure;

/// A trained network in the form that only scores: clips in, one number for each frame it explains.
///
/// It keeps its buffers from call to call, which is why running it takes it mutably.
pub trait ClipScorer: Debug + Send {
    /// The clips it takes.
    fn clip(&self) -> ClipShape;

    /// Which places of a clip it gives its own version of: all of them when it reconstructs, the last when it
    /// foretells.
    fn explained(&self) -> Range<usize> {
        0..self.clip().frames
    }

    /// Writes its own version of the frames it explains.
    ///
    /// # Shapes
    /// `clips`: `[batch,T,C,H,W]` of [`Self::clip`]; `out`: `[batch,P,C,H,W]`, P as many as [`Self::explained`].
    ///
    /// # Errors
    /// When a slice is not as long as its shape says, or there is no clip.
    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error>;

    /// Writes the pooled error of the frames it explains, by each of the measures.
    ///
    /// # Shapes
    /// `clips`: `[batch,T,C,H,W]`; `scores`: `[measures,batch,P]`. `versions` is memory to work in, grown as needed and
    /// kept by the caller from call to call.
    ///
    /// # Errors
    /// As [`Self::reconstruct`].
    fn score(
        &mut self,
        clips: &[f32],
        batch: usize,
        measures: &[Measure],
        versions: &mut Vec<f32>,
        scores: &mut [f64],
    ) -> Result<(), Error> {
        let ClipShape { frames, channels, height, width } = self.clip();
        let (explained, image) = (self.explained(), self.clip().frame_values());
        let each = batch * explained.len();
        same("scores of a batch", measures.len() * each, scores.len())?;
        versions.resize(each * image, 0.0);
        self.reconstruct(clips, batch, versions)?;
        let pairs = clips
            .chunks_exact(frames * image)
            .flat_map(|clip| clip[explained.start * image..explained.end * image].chunks_exact(image))
            .zip(versions.chunks_exact(image));
        // Frame by frame, so that all measures find it in the cache.
        for (place, (seen, version)) in pairs.enumerate() {
            let pair = Pair::new(seen, version, channels, width, height)
                .map_err(|source| Error::System { system: "pooling", source: source.into() })?;
            for (measure, scores) in measures.iter().zip(scores.chunks_exact_mut(each)) {
                scores[place] = measure.of(pair);
            }
        }
        Ok(())
    }
}

pub(crate) fn same(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Length { what, expected, found }) }
}
