use oddframe_core::{FrameNumber, VideoId};

/// Why a metric has no value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No scores at all.
    #[error("there are no scores to rank")]
    Empty,
    /// Labels and scores that cannot be paired.
    #[error("{labels} labels and {scores} scores; each score needs one label")]
    Lengths {
        /// How many labels there are.
        labels: usize,
        /// How many scores there are.
        scores: usize,
    },
    /// A score that is NaN or infinite.
    #[error("the score at index {index} is {value}; scores must be finite")]
    NotFinite {
        /// Where it is.
        index: usize,
        /// The value.
        value: f64,
    },
    /// All labels agree, so that there is nothing to tell apart.
    #[error("all {frames} labels are {}; a ranking metric needs both classes", class(*abnormal))]
    OneClass {
        /// How many labels there are.
        frames: usize,
        /// Whether they are all abnormal, or all normal.
        abnormal: bool,
    },
    /// A parameter outside its range.
    #[error("{name} is {value}; it must be {range}")]
    OutOfRange {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The values it may have.
        range: &'static str,
    },
    /// One video of a list cannot be used.
    #[error("in the video at index {index}: {source}")]
    InVideo {
        /// Which of the videos.
        index: usize,
        /// What is wrong with it.
        #[source]
        source: Box<Error>,
    },
    /// Too few videos to draw from.
    #[error("{videos} videos; the bootstrap draws whole videos and needs at least 2")]
    TooFewVideos {
        /// How many there are.
        videos: usize,
    },
    /// Every draw of videos held one class only.
    #[error("all {resamples} resamples held one class only; too few videos have both classes")]
    NoResample {
        /// How many were drawn.
        resamples: usize,
    },
    /// Scores and labels that cannot be put side by side.
    #[error(transparent)]
    Align {
        /// What is wrong with them.
        #[from]
        source: oddframe_core::Error,
    },
    /// A set without ground-truth tracks.
    #[error("there are no ground-truth tracks; region and track metrics need at least one")]
    NoTracks,
    /// A ground-truth track without a box.
    #[error("track {track} of video {video} has no boxes")]
    EmptyTrack {
        /// The video.
        video: VideoId,
        /// The track's number.
        track: u64,
    },
    /// A box or the score of a box that is NaN or infinite.
    #[error("video {video}, frame {frame}: {what} is not finite")]
    BadBox {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
        /// What is not finite.
        what: &'static str,
    },
}

fn class(abnormal: bool) -> &'static str {
    if abnormal { "abnormal" } else { "normal" }
}
