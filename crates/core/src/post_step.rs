use std::fmt;

use crate::{Error, ScoreTable, VideoId};

/// A step that changes scores after they are made: smoothing, normalisation, ranks.
///
/// Its `Display` form is the text it is parsed from, scope included.
pub trait PostStep: fmt::Display + Send + Sync {
    /// Changes the scores in place; on an error they are as they were.
    ///
    /// # Errors
    /// When a score would stop being finite.
    fn apply(&self, scores: &mut ScoreTable) -> Result<Vec<Warning>, Error>;
}

/// Something a step did that its user should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A series that is constant, or is between the limits of a step, has no range to scale by; its scores became 0.
    ConstantSeries {
        /// The step.
        step: String,
        /// The video, or none for the whole set.
        video: Option<VideoId>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::ConstantSeries { step, video } = self;
        match video {
            Some(video) => {
                write!(f, "{step}: the scores of video {video} have no range to scale by; they became 0")
            }
            None => write!(f, "{step}: the scores have no range to scale by; they became 0"),
        }
    }
}
