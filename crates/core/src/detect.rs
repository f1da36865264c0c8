use crate::{Error, Event, FrameSource, Observer, ScoreTable, VideoScores};

/// A system that learns what is normal: reconstruction, prediction and memory alike.
pub trait Detector {
    /// What fitting makes.
    type Scorer: FrameScorer;

    /// Learns from normal video.
    ///
    /// # Errors
    /// When there is no video, a frame cannot be read, or the observer asks to stop.
    fn fit(&self, normal: &[&dyn FrameSource], watch: &mut dyn Observer) -> Result<Self::Scorer, Error>;
}

/// Gives every frame of a video one score: the higher, the odder.
pub trait FrameScorer {
    /// Scores one video: exactly one score for each frame of the source.
    ///
    /// # Errors
    /// When a frame cannot be read, or a score comes out that is not finite.
    fn score(&self, video: &dyn FrameSource) -> Result<VideoScores, Error>;

    /// Scores several videos, one after the other.
    ///
    /// # Errors
    /// As [`Self::score`]; also when two videos have one name, or the observer asks to stop.
    fn score_all(&self, videos: &[&dyn FrameSource], watch: &mut dyn Observer) -> Result<ScoreTable, Error> {
        watch.tell(Event::Started { task: "scoring", total: Some(videos.len() as u64) })?;
        let mut scored = Vec::with_capacity(videos.len());
        for (done, video) in videos.iter().enumerate() {
            scored.push(self.score(*video)?);
            watch.tell(Event::Advanced { done: done as u64 + 1 })?;
        }
        watch.tell(Event::Finished)?;
        ScoreTable::new(scored)
    }
}
