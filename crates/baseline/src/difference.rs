use oddframe_core::{Detector, EdgePolicy, Error, FrameScorer, FrameSource, Observer, VideoScores};
use oddframe_frames::Prepare;
use oddframe_score::PairPool;

use crate::gray::{Borrowed, for_each_gray, squared_difference};

/// Scores a frame by its squared difference to the frame before it, both gray and in [0, 1].
///
/// The first frame of a video has no frame before it; `first` says what becomes of it. Across a gap the
/// frame before is the last one that exists.
#[derive(Debug, Clone, Copy)]
pub struct DifferenceEnergy<P> {
    prepare: Prepare,
    pool: P,
    first: EdgePolicy,
}

impl<P: PairPool + Copy> DifferenceEnergy<P> {
    /// Compares frames of this size, pooled by `pool`.
    pub fn new(prepare: Prepare, pool: P, first: EdgePolicy) -> Self {
        Self { prepare, pool, first }
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
        let mut borrowed = Borrowed::default();
        for_each_gray(video, self.prepare, |index, frame, now| {
            if index > 0 {
                scores.push((index, squared_difference(&self.pool, frame, now, &before)?));
                borrowed.note(index, frame);
            }
            before.clear();
            before.extend_from_slice(now);
            Ok(())
        })?;
        Ok(borrowed.mark(VideoScores::complete(video.video(), scores, self.first)?))
    }
}
