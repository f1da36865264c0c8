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
    /// As [`Self::score`]; also when the scores are not those of the video's frames, two videos have one name, or
    /// the observer asks to stop.
    fn score_all(&self, videos: &[&dyn FrameSource], watch: &mut dyn Observer) -> Result<ScoreTable, Error> {
        watch.tell(Event::Started { task: "scoring", total: Some(videos.len() as u64) })?;
        let mut scored = Vec::with_capacity(videos.len());
        for (done, video) in videos.iter().enumerate() {
            let scores = self.score(*video)?;
            if scores.id() != video.id() || scores.numbers() != video.numbers() {
                let (expected, found) = (video.numbers().len(), scores.len());
                return Err(Error::OtherFrames { video: video.id().clone(), expected, found });
            }
            scored.push(scores);
            watch.tell(Event::Advanced { done: done as u64 + 1 })?;
        }
        watch.tell(Event::Finished)?;
        ScoreTable::new(scored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Frame, FrameNumber, FrameShape, Origin, PixelFormat, Silent, Video};

    struct Black(Video);

    impl FrameSource for Black {
        fn video(&self) -> &Video {
            &self.0
        }
        fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
            out.reset(self.shape(), self.number_at(index)?);
            Ok(())
        }
    }

    /// Loses this many frames at the start of each video.
    struct Loses(usize);

    impl FrameScorer for Loses {
        fn score(&self, video: &dyn FrameSource) -> Result<VideoScores, Error> {
            let numbers = video.numbers()[self.0..].to_vec();
            let (values, origins) = (vec![0.5; numbers.len()], vec![Origin::Computed; numbers.len()]);
            VideoScores::from_parts(video.id().clone(), numbers, values, origins)
        }
    }

    #[test]
    fn a_scorer_that_loses_the_first_frame_is_found_out() {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        let video = Black(Video::new("1".into(), shape, (0..3).map(FrameNumber).collect()).unwrap());
        assert_eq!(Loses(0).score_all(&[&video], &mut Silent).unwrap().len(), 3);
        let error = Loses(1).score_all(&[&video], &mut Silent).unwrap_err();
        assert!(matches!(error, Error::OtherFrames { expected: 3, found: 2, .. }));
        let twice = Loses(0).score_all(&[&video, &video], &mut Silent);
        assert!(matches!(twice, Err(Error::DuplicateVideo { .. })));
    }
}
