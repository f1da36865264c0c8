use oddframe_core::{FrameNumber, VideoId};

/// The reason why a metric has no value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An empty list of scores.
    #[error("there are no scores to rank")]
    Empty,
    /// Numbers of labels and scores that differ.
    #[error("{labels} labels and {scores} scores; each score needs one label")]
    Lengths {
        /// The number of labels.
        labels: usize,
        /// The number of scores.
        scores: usize,
    },
    /// A score that is NaN or infinite.
    #[error("the score at index {index} is {value}; scores must be finite")]
    NotFinite {
        /// The index of the score.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Labels of one class only.
    #[error("all {frames} labels are {}; a ranking metric needs both classes", class_name(*abnormal))]
    OneClass {
        /// The number of labels.
        frames: usize,
        /// Whether all labels are abnormal, or all normal.
        abnormal: bool,
    },
    /// A parameter outside its range.
    #[error("{name} is {value}; it must be {range}")]
    OutOfRange {
        /// The parameter.
        name: &'static str,
        /// The value that was given.
        value: f64,
        /// The values that are accepted.
        range: &'static str,
    },
    /// An error in one video of a list.
    #[error("in the video at index {index}: {source}")]
    InVideo {
        /// The index of the video.
        index: usize,
        /// The error.
        #[source]
        source: Box<Error>,
    },
    /// Too few videos for a bootstrap.
    #[error("the bootstrap draws whole videos and needs at least 2, but there are {videos}")]
    TooFewVideos {
        /// The number of videos.
        videos: usize,
    },
    /// Resamples of one class only.
    #[error("all {resamples} resamples have only one class; add videos with both classes")]
    NoResample {
        /// The number of resamples.
        resamples: usize,
    },
    /// Scores and labels that cannot be aligned.
    #[error(transparent)]
    Align {
        /// The error of `oddframe-core`.
        #[from]
        source: oddframe_core::Error,
    },
    /// No labelled events.
    #[error("no scored frame is labelled abnormal; event metrics need at least one labelled event")]
    NoEvents,
    /// A smoothing that cannot be applied to the scores.
    #[error("cannot smooth by `{step}`: {source}; choose another smoothing, or scale the scores")]
    Smoothing {
        /// The smoothing, as text.
        step: String,
        /// The error of the step.
        #[source]
        source: oddframe_core::Error,
    },
    /// No ground-truth tracks.
    #[error("there are no ground-truth tracks; region and track metrics need at least one")]
    NoTracks,
    /// A ground-truth track without a box.
    #[error("track {track} of video {video} has no boxes")]
    EmptyTrack {
        /// The video.
        video: VideoId,
        /// The number of the track.
        track: u64,
    },
    /// A box, or the score of a box, that is NaN or infinite.
    #[error("video {video}, frame {frame}: {what} is not finite")]
    BadBox {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
        /// The value that is not finite.
        what: &'static str,
    },
}

fn class_name(abnormal: bool) -> &'static str {
    if abnormal { "abnormal" } else { "normal" }
}
