use oddframe_core::{Detector, EdgePolicy, Error, FrameScorer, FrameSource, Observer, VideoScores};
use oddframe_frames::Prepare;
use oddframe_score::PairPool;

use crate::gray::{for_each_gray, squared_difference};

/// Scores a frame by its squared difference to the frame before it, both gray and in [0, 1].
///
/// The first frame of a video has no frame before it, and a frame that another one stands in for shows nothing of
/// its own: the edge policy says what becomes of them. Across a gap the frame before is the last one that exists.
#[derive(Debug, Clone, Copy)]
pub struct DifferenceEnergy<P> {
    prepare: Prepare,
    pool: P,
    edge: EdgePolicy,
}

impl<P: PairPool + Copy> DifferenceEnergy<P> {
    /// Compares frames of this size, pooled by `pool`.
    pub fn new(prepare: Prepare, pool: P, edge: EdgePolicy) -> Self {
        Self { prepare, pool, edge }
    }
}

impl<P: PairPool + Copy> Detector for DifferenceEnergy<P> {
    type Scorer = Self;

    /// Learns nothing: the detector is its own scorer.
    fn fit(&self, _: &[&dyn FrameSource], _: &mut dyn Observer) -> Result<Self, Error> {
        Ok(*self)
    }
}

impl<P: PairPool + Copy> FrameScorer for DifferenceEnergy<P> {
    fn score(&self, video: &dyn FrameSource) -> Result<VideoScores, Error> {
        let mut before: Vec<f32> = Vec::new();
        let mut scores = Vec::with_capacity(video.numbers().len());
        for_each_gray(video, self.prepare, |index, frame, now| {
            // Pixels that stand in for others differ from their owner's by nothing, which says nothing.
            if frame.borrowed_from().is_some() {
                return Ok(());
            }
            if !before.is_empty() {
                scores.push((index, squared_difference(&self.pool, frame, now, &before)?));
            }
            before.clear();
            before.extend_from_slice(now);
            Ok(())
        })?;
        VideoScores::complete(video.video(), scores, self.edge)
    }
}
