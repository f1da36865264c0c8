use std::path::PathBuf;

use crate::{FrameNumber, VideoId};

/// An error of another crate, as the source of an error of this one.
pub type SharedError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The errors of the types and traits of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A frame could not be read or decoded.
    #[error("video {video}, frame {frame}{}: {source}", at(path.as_ref()))]
    Read {
        /// The video.
        video: VideoId,
        /// The frame's own number.
        frame: FrameNumber,
        /// The file, where the frame comes from one.
        path: Option<PathBuf>,
        /// The error of the reader.
        #[source]
        source: SharedError,
    },
    /// A frame with a size or format other than that of the frames before it, where all frames must be equal.
    #[error("video {video}, frame {frame}{}: the frame is {found}, the frames before it are {expected}; give the input a width, a height and a format, so that all frames are converted to one shape", at(path.as_ref()))]
    MixedShapes {
        /// The video.
        video: VideoId,
        /// The frame's own number.
        frame: FrameNumber,
        /// The file, where the frame comes from one.
        path: Option<PathBuf>,
        /// The shape of the video.
        expected: crate::FrameShape,
        /// The shape of this frame.
        found: crate::FrameShape,
    },
    /// A frame index past the end of a video.
    #[error("video {video} has {len} frames, index {index} does not exist")]
    NoSuchIndex {
        /// The video.
        video: VideoId,
        /// The index asked for.
        index: usize,
        /// How many frames there are.
        len: usize,
    },
    /// A video without a frame.
    #[error("video {video} has no frames")]
    EmptyVideo {
        /// The video.
        video: VideoId,
    },
    /// Frame numbers must rise strictly.
    #[error("video {video}: frame {after} follows frame {before}; frame numbers must rise")]
    FrameOrder {
        /// The video.
        video: VideoId,
        /// The number before.
        before: FrameNumber,
        /// The number that does not rise.
        after: FrameNumber,
    },
    /// Two videos of one set have the same name (`01` and `1` are the same).
    #[error(
        "video {video} appears twice; names that differ in leading zeros alone are the same video"
    )]
    DuplicateVideo {
        /// The video.
        video: VideoId,
    },
    /// Two scored videos that would be evaluated against the labels of the same video.
    #[error(
        "videos {other} and {video} would both be compared with the labels of video {labels}; rename one of them"
    )]
    SharedLabels {
        /// The second video.
        video: VideoId,
        /// The first video.
        other: VideoId,
        /// The labelled video.
        labels: VideoId,
    },
    /// A scorer gave scores for other frames than those of the video.
    #[error(
        "video {video}: the scores are not those of its frames ({expected} frames, {found} scores)"
    )]
    OtherFrames {
        /// The video.
        video: VideoId,
        /// Its frames.
        expected: usize,
        /// The scores.
        found: usize,
    },
    /// A frame shape with a side that is zero or too large.
    #[error("a frame of {width}x{height} pixels is not possible: sides must be 1 to {max}", max = crate::FrameShape::MAX_SIDE)]
    InvalidShape {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// A buffer with a length other than its shape requires.
    #[error("{what}: {expected} values expected, {found} found")]
    Length {
        /// What the values are.
        what: &'static str,
        /// The number the shape asks for.
        expected: usize,
        /// The number there is.
        found: usize,
    },
    /// A window of no frames, or a stride of zero.
    #[error(
        "a window needs a length and a stride of at least 1 (length {length}, stride {stride})"
    )]
    InvalidWindow {
        /// Frames in a window.
        length: usize,
        /// Frames between window starts.
        stride: usize,
    },
    /// A run of frames shorter than a window, under [`ShortVideo::Error`](crate::ShortVideo::Error).
    #[error(
        "video {video}: {frames} frames from frame {first} on are fewer than the window's {length}"
    )]
    TooShort {
        /// The video.
        video: VideoId,
        /// First frame of the run.
        first: FrameNumber,
        /// Frames in the run.
        frames: usize,
        /// Frames in a window.
        length: usize,
    },
    /// A frame without a score, and an edge policy that does not provide one.
    #[error("video {video}: frame {frame} has no score ({missing} frames of this video have none)")]
    Unscored {
        /// The video.
        video: VideoId,
        /// The first frame without a score.
        frame: FrameNumber,
        /// How many of this video have none.
        missing: usize,
    },
    /// One frame was scored twice.
    #[error("video {video}: frame {frame} was scored twice")]
    ScoredTwice {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
    },
    /// A score that is NaN or infinite.
    #[error("video {video}: the score of frame {frame} is {value}; scores must be finite")]
    NotFinite {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
        /// The value.
        value: f64,
    },
    /// A video of the data has no scores at all.
    #[error("no scores for video {video}")]
    MissingVideo {
        /// The video.
        video: VideoId,
    },
    /// A scored frame without a label.
    #[error("{missing} scored frames have no label; the first is frame {frame} of video {video}")]
    Unlabelled {
        /// The video of the first one.
        video: VideoId,
        /// The first such frame.
        frame: FrameNumber,
        /// How many there are.
        missing: usize,
    },
    /// A file that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A folder of a model that cannot be created or opened.
    #[error("cannot {action} the folder {}: {source}", path.display())]
    Folder {
        /// The action that failed.
        action: &'static str,
        /// The folder.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A clip of an input that keeps each video's own frame size.
    #[error(
        "this input does not resize frames, so the shape of a clip is not known; give the input a width and a height"
    )]
    UnknownInputSize,
    /// An empty set: nothing to fit on, score or evaluate.
    #[error("there is no {what}")]
    Nothing {
        /// What is missing, in the singular.
        what: &'static str,
    },
    /// A system that only fitting can teach.
    #[error("this kind of system cannot learn more without being fitted again")]
    CannotLearnMore,
    /// The observer asked to stop.
    #[error("stopped on request")]
    Interrupted,
    /// An error of a system.
    #[error("{system}: {source}")]
    System {
        /// The name of the system.
        system: &'static str,
        /// The error.
        #[source]
        source: SharedError,
    },
}

fn at(path: Option<&PathBuf>) -> String {
    path.map_or_else(String::new, |p| format!(" ({})", p.display()))
}

impl Error {
    /// Checks a number of values.
    ///
    /// # Errors
    /// [`Error::Length`] when `found` is not `expected`; the message names `what`.
    ///
    /// # Examples
    /// ```
    /// use oddframe_core::Error;
    ///
    /// assert!(Error::check_length("scores of a video", 3, 3).is_ok());
    /// assert!(Error::check_length("scores of a video", 3, 2).is_err());
    /// ```
    pub fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), Self> {
        if expected == found {
            Ok(())
        } else {
            Err(Self::Length {
                what,
                expected,
                found,
            })
        }
    }
}
