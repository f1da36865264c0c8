use oddframe_core::{FrameNumber, VideoId};

/// What can go wrong when steps are built and tables are fused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter outside its range.
    #[error("{step}: {name} is {value}; it must be {needs}")]
    Parameter {
        /// The step or fusion.
        step: &'static str,
        /// The parameter's name.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is accepted.
        needs: &'static str,
    },
    /// A smoother over the whole set would mix the end of a video with the start of the next.
    #[error("{step} over all would smooth across the borders of videos; smooth `per video`")]
    AcrossVideos {
        /// The step.
        step: &'static str,
    },
    /// Nothing to fuse.
    #[error("there is no score table to fuse")]
    NoTables,
    /// A weighted mean needs a weight for every table.
    #[error("{weights} weights for {tables} score tables; give one weight for each table")]
    WeightCount {
        /// Weights given.
        weights: usize,
        /// Tables given.
        tables: usize,
    },
    /// Two tables do not score the same frames.
    #[error(
        "score table {lacking} has no score for frame {frame} of video {video}, table {having} has one \
         ({differing} frames differ); tables that are fused must score the same frames"
    )]
    Differ {
        /// The place of the table without the frame, from 1.
        lacking: usize,
        /// The place of the table with it, from 1.
        having: usize,
        /// The video of the first frame that differs.
        video: VideoId,
        /// The first frame that differs.
        frame: FrameNumber,
        /// How many frames are in one table alone.
        differing: usize,
    },
    /// A score that came out NaN or infinite.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

/// Frames that a smoother may reach over: more than an hour of video, and little enough to hold.
pub(crate) const MAX_WINDOW: usize = 100_000;

/// Checks that a window is a whole number from 1 to [`MAX_WINDOW`].
pub(crate) fn window(step: &'static str, window: usize) -> Result<usize, Error> {
    match window {
        1..=MAX_WINDOW => Ok(window),
        _ => Err(Error::Parameter {
            step,
            name: "window",
            value: window as f64,
            needs: "a whole number of frames from 1 to 100000",
        }),
    }
}
