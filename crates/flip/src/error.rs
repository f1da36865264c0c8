use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{DraftFolderError, FrameNumber, VideoId};

/// Everything that can go wrong with finding, repairing and writing frames.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is out of range.
    #[error("{what} is {value}; it must be {expected}")]
    Parameter {
        /// The parameter.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// The classifier's input has no image for the first frame of a video, which therefore could not be decided.
    #[error(
        "the flip classifier reads differences between frames and drops the first frame of each video, which would then \
         have no decision; set FirstFrame::Zero or FirstFrame::Next in its input"
    )]
    FirstFrameDropped,
    /// The decisions belong to other frames than those of the video to repair.
    #[error(
        "the decisions are for {decided} frames of video {of}, not for the {frames} frames of video {video}; \
         make them from the video that is repaired"
    )]
    OtherFrames {
        /// The video to repair.
        video: VideoId,
        /// The number of its frames.
        frames: usize,
        /// The video of the decisions.
        of: VideoId,
        /// The number of decisions.
        decided: usize,
    },
    /// A frame has no label.
    #[error(
        "frame {frame} of video {video} has no label that says whether it is flipped; give one for every frame"
    )]
    Unlabelled {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
    },
    /// The name of a video cannot be the name of a folder.
    #[error(
        "video {video} cannot be written: its name cannot be the name of a folder; rename the video"
    )]
    FolderName {
        /// The video.
        video: VideoId,
    },
    /// The folder to write to could not be created or put in place.
    #[error(transparent)]
    Folder(#[from] DraftFolderError),
    /// A file or folder could not be created, written or renamed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A frame could not be encoded.
    #[error("{}: {source}", path.display())]
    Encode {
        /// The file of the frame.
        path: PathBuf,
        /// The error of the encoder.
        #[source]
        source: oddframe_core::SharedError,
    },
    /// The classifier is little better than guessing.
    #[error(
        "the flip classifier is right on only {:.0}% of the frames it was trained on, at least {:.0}% are needed: it would flip \
         upright frames; train it for more epochs, with smaller batches or on more video, or set \
         repair.flip.allow_weak = true", 100.0 * accuracy, 100.0 * least
    )]
    WeakClassifier {
        /// The share of the training frames that it gets right.
        accuracy: f64,
        /// The smallest share that is accepted.
        least: f64,
    },
    /// A layer could not be built or run, or weights could not be read, written or matched to the network.
    #[error(transparent)]
    Network(#[from] oddframe_nn::Error),
    /// The training failed.
    #[error(transparent)]
    Train(oddframe_train::Error),
    /// A frame could not be read, or the observer cancelled.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

impl From<oddframe_train::Error> for Error {
    fn from(error: oddframe_train::Error) -> Self {
        match error {
            oddframe_train::Error::Core(error) => Self::Core(error),
            oddframe_train::Error::Cancelled => Self::Core(oddframe_core::Error::Interrupted),
            other => Self::Train(other),
        }
    }
}

impl From<Error> for oddframe_core::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => error,
            other => Self::System {
                system: "flip repair",
                source: other.into(),
            },
        }
    }
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        |source| Self::Io { path, source }
    }
}
