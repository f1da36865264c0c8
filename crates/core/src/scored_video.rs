use crate::{Error, FrameNumber, FrameScore, Reason, ScoredBox, VideoId, VideoScores};

/// The boxes and the reason of one frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrameDetails {
    /// The regions that were scored.
    pub boxes: Vec<ScoredBox>,
    /// Why the frame has its score.
    pub reason: Option<Reason>,
}

impl FrameDetails {
    fn is_empty(&self) -> bool {
        self.boxes.is_empty() && self.reason.is_none()
    }
}

/// The result of a scorer for one video: a score for every frame, with boxes and reasons where it has them.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredVideo {
    scores: VideoScores,
    /// One entry for each frame, or none at all when no frame has any details.
    details: Vec<FrameDetails>,
}

impl ScoredVideo {
    /// The score of every frame.
    pub fn scores(&self) -> &VideoScores {
        &self.scores
    }

    /// The score of every frame, without the details.
    pub fn into_scores(self) -> VideoScores {
        self.scores
    }

    /// Boxes and reason of each frame; empty when no frame has any.
    pub fn details(&self) -> &[FrameDetails] {
        &self.details
    }
}

/// Collects the settled scores of one video, and makes sure that every frame gets exactly one.
///
/// ```
/// use oddframe_core::{FrameNumber, FrameScore, Origin, ScoreCollector};
/// let mut collector = ScoreCollector::new("01".into());
/// collector.push_frame(FrameNumber(7));
/// collector.push_frame(FrameNumber(9));
/// collector.push_scores(vec![FrameScore::new(0.1, Origin::Computed), FrameScore::new(0.2, Origin::Computed)]);
/// assert_eq!(collector.finish()?.scores().values(), [0.1, 0.2]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug)]
pub struct ScoreCollector {
    id: VideoId,
    numbers: Vec<FrameNumber>,
    scores: Vec<FrameScore>,
}

impl ScoreCollector {
    /// Begins a video.
    pub fn new(id: VideoId) -> Self {
        Self {
            id,
            numbers: Vec::new(),
            scores: Vec::new(),
        }
    }

    /// Notes that a frame was pushed to the scorer.
    pub fn push_frame(&mut self, number: FrameNumber) {
        self.numbers.push(number);
    }

    /// Takes settled scores, in the order of the frames.
    pub fn push_scores(&mut self, scores: impl IntoIterator<Item = FrameScore>) {
        self.scores.extend(scores);
    }

    /// Completes the video.
    ///
    /// # Errors
    /// When the scorer gave more or fewer scores than there are frames, or a score is not finite.
    pub fn finish(self) -> Result<ScoredVideo, Error> {
        let Self {
            id,
            numbers,
            scores,
        } = self;
        let (expected, found) = (numbers.len(), scores.len());
        if expected != found {
            return Err(Error::OtherFrames {
                video: id,
                expected,
                found,
            });
        }
        let (mut values, mut origins, mut details) = (Vec::new(), Vec::new(), Vec::new());
        for FrameScore {
            value,
            origin,
            boxes,
            reason,
        } in scores
        {
            values.push(value);
            origins.push(origin);
            details.push(FrameDetails { boxes, reason });
        }
        // Most systems give no details; an empty list stands for all frames and costs nothing to store.
        if details.iter().all(FrameDetails::is_empty) {
            details.clear();
        }
        Ok(ScoredVideo {
            scores: VideoScores::from_parts(id, numbers, values, origins)?,
            details,
        })
    }
}
