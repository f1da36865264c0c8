use oddframe_core::{FrameNumber, VideoId};

/// Everything that can go wrong when steps are built or applied and tables are fused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter outside its range.
    #[error("{step}: {name} is {value}; it must be {needs}")]
    Parameter {
        /// The step or fusion.
        step: &'static str,
        /// The name of the parameter.
        name: &'static str,
        /// The value that was given.
        value: f64,
        /// The values that are accepted.
        needs: &'static str,
    },
    /// A smoother over the whole set would mix the end of a video with the start of the next.
    #[error("{step} over all would smooth across the borders of videos; write `{step} per video`")]
    AcrossVideos {
        /// The step.
        step: &'static str,
    },
    /// No tables to fuse.
    #[error("there are no score tables to fuse; give at least one")]
    NoTables,
    /// A number of weights that differs from the number of tables.
    #[error("{weights} weights for {tables} score tables; give one weight for each table")]
    WeightCount {
        /// The number of weights.
        weights: usize,
        /// The number of tables.
        tables: usize,
    },
    /// Two tables do not score the same frames.
    #[error(
        "score table {lacking} has no score for frame {frame} of video {video}, but table {having} has one \
         ({differing} frames differ); fused tables must score the same frames"
    )]
    Differ {
        /// The position of the table without the frame, counted from 1.
        lacking: usize,
        /// The position of the table with the frame, counted from 1.
        having: usize,
        /// The video of the first frame that differs.
        video: VideoId,
        /// The first frame that differs.
        frame: FrameNumber,
        /// The number of frames that are in only one of both tables.
        differing: usize,
    },
    /// A series too short for a step.
    #[error("{step} needs at least {needed} scores, but the series has {len}")]
    TooShort {
        /// The step.
        step: String,
        /// The number of scores.
        len: usize,
        /// The length of the shortest series that the step accepts.
        needed: usize,
    },
    /// A score that a step made NaN or infinite.
    #[error("{step} makes the score at index {index} {value}; scores must be finite")]
    NotFinite {
        /// The step.
        step: String,
        /// The index in the series.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A score that is NaN or infinite.
    #[error("the score at index {index} is {value}; scores must be finite")]
    BadScore {
        /// The index of the score.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Too few scores of normal frames.
    #[error("{found} scores of normal frames; a calibration needs at least {needed}")]
    TooFewScores {
        /// The number of scores.
        found: usize,
        /// The smallest number that is accepted.
        needed: usize,
    },
    /// An excess over a threshold that cannot be one.
    #[error("the excess at index {index} is {value}; excesses must be finite and not negative")]
    BadExcess {
        /// The index of the excess.
        index: usize,
        /// The value.
        value: f64,
    },
    /// No excess above 0, or excesses whose sum is not a number.
    #[error("no excess is above 0, or their sum is too large: there is no tail to fit")]
    NoExcess,
    /// A calibration that no scores give.
    #[error(
        "the knots of a calibration must be finite, start at a rarity of 0 and rise, and its tail must not end; fit it again"
    )]
    BadCalibration,
    /// The scores do not form a valid table.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

impl Error {
    /// A parameter outside its range.
    pub(crate) fn parameter(
        step: &'static str,
        name: &'static str,
        value: f64,
        needs: &'static str,
    ) -> Self {
        Self::Parameter {
            step,
            name,
            value,
            needs,
        }
    }
}
