use oddframe_core::{Detector, Error, Event, FrameScorer, FrameSource, Observer, VideoScores};
use oddframe_frames::Prepare;
use oddframe_score::PairPool;

use crate::gray::{for_each_gray, squared_difference};
use crate::median::Histograms;

/// Which frame stands for all normal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Typical {
    /// Each pixel's mean over all training frames.
    Mean,
    /// Each pixel's median over all training frames: people who pass leave no trace in it.
    Median,
}

/// Scores a frame by its squared distance to the typical training frame, both gray and in [0, 1].
#[derive(Debug, Clone, Copy)]
pub struct TypicalDistance<P> {
    prepare: Prepare,
    pool: P,
    typical: Typical,
}

impl<P: PairPool + Copy> TypicalDistance<P> {
    /// Compares frames of this size, pooled by `pool`.
    pub fn new(prepare: Prepare, pool: P, typical: Typical) -> Self {
        Self { prepare, pool, typical }
    }
}

/// What [`TypicalDistance`] learns: the frame to compare with.
#[derive(Debug, Clone)]
pub struct TypicalFrame<P> {
    prepare: Prepare,
    pool: P,
    values: Vec<f32>,
}

impl<P> TypicalFrame<P> {
    /// A typical frame that was kept: gray, row by row, in [0, 1].
    ///
    /// # Errors
    /// When there are more or fewer values than prepared frames have pixels.
    pub fn new(prepare: Prepare, pool: P, values: Vec<f32>) -> Result<Self, Error> {
        let size = prepare.size();
        let (expected, found) = (size.width() * size.height(), values.len());
        if expected != found {
            return Err(Error::Length { what: "pixels of the typical frame", expected, found });
        }
        Ok(Self { prepare, pool, values })
    }

    /// The typical frame, gray, row by row, in [0, 1].
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

impl<P: PairPool + Copy> Detector for TypicalDistance<P> {
    type Scorer = TypicalFrame<P>;

    fn fit(&self, normal: &[&dyn FrameSource], watch: &mut dyn Observer) -> Result<TypicalFrame<P>, Error> {
        if normal.is_empty() {
            return Err(Error::Nothing { what: "training video" });
        }
        let mut sums: Vec<f64> = Vec::new();
        let mut histograms = Histograms::default();
        let mut frames = 0_u64;
        watch
            .tell(Event::Started { task: "learning the typical frame", total: Some(normal.len() as u64) })?;
        for (done, video) in normal.iter().enumerate() {
            for_each_gray(*video, self.prepare, |_, frame, now| {
                frames += 1;
                match self.typical {
                    Typical::Mean => {
                        sums.resize(now.len(), 0.0);
                        sums.iter_mut().zip(now).for_each(|(sum, v)| *sum += f64::from(*v));
                    }
                    Typical::Median => histograms.add(frame.pixels()),
                }
                Ok(())
            })?;
            watch.tell(Event::Advanced { done: done as u64 + 1 })?;
        }
        watch.tell(Event::Finished)?;
        let values = match self.typical {
            Typical::Mean => sums.iter().map(|sum| (sum / frames as f64) as f32).collect(),
            Typical::Median => histograms.medians().map(|m| (m / 255.0) as f32).collect(),
        };
        Ok(TypicalFrame { prepare: self.prepare, pool: self.pool, values })
    }
}

impl<P: PairPool + Copy> FrameScorer for TypicalFrame<P> {
    fn score(&self, video: &dyn FrameSource) -> Result<VideoScores, Error> {
        let mut scores = Vec::with_capacity(video.numbers().len());
        let mut stand_ins = Vec::new();
        for_each_gray(video, self.prepare, |index, frame, now| {
            scores.push(squared_difference(&self.pool, frame, now, &self.values)?);
            stand_ins.extend(frame.borrowed_from().map(|donor| (index, donor)));
            Ok(())
        })?;
        let mut scores = VideoScores::computed(video.video(), scores)?;
        for (index, donor) in stand_ins {
            scores.mark_borrowed(index, donor);
        }
        Ok(scores)
    }
}
