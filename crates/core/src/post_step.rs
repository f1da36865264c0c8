use std::fmt;

use crate::{Error, ScoreTable, VideoId};

/// A post-processing step: smoothing, normalisation, ranks.
///
/// Its `Display` form is the text it is parsed from, scope included.
pub trait PostStep: fmt::Display + Send + Sync {
    /// Changes the scores in place; on an error they are unchanged.
    ///
    /// # Errors
    /// When a score would stop being finite.
    fn apply(&self, scores: &mut ScoreTable) -> Result<Vec<Warning>, Error>;
}

/// A warning of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A series without a range to scale by, because it is constant or lies between the limits of the step. Its scores
    /// became 0.
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
                write!(
                    f,
                    "{step}: the scores of video {video} have no range to scale by; they became 0"
                )
            }
            None => write!(
                f,
                "{step}: the scores have no range to scale by; they became 0"
            ),
        }
    }
}
