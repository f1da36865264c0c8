use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameNumber, VideoId};

/// Everything that can go wrong with finding, repairing and writing frames.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter outside its range.
    #[error("{what} is {value}; it must be {expected}")]
    Parameter {
        /// Which one.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// Decisions about other frames than those of the video to repair.
    #[error(
        "the decisions are about {decided} frames of video {of}, not about the {frames} frames of video {video}; \
         make them from the video that is repaired"
    )]
    OtherFrames {
        /// The video to repair.
        video: VideoId,
        /// How many frames it has.
        frames: usize,
        /// The video that was decided about.
        of: VideoId,
        /// How many frames of it.
        decided: usize,
    },
    /// A frame about which the truth says nothing.
    #[error(
        "the truth about flips says nothing about frame {frame} of video {video}; give one for every frame"
    )]
    NoTruth {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
    },
    /// A video whose name cannot be a folder's.
    #[error("video {video} cannot be written: its name is no name for a folder; rename it")]
    FolderName {
        /// The video.
        video: VideoId,
    },
    /// The folder to write to holds something.
    #[error("{} is not empty; name another folder, or empty it", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// There is a file where a folder was to be written.
    #[error("{} is a file; a folder is needed", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// The folder to write to has no name of its own, such as the root folder.
    #[error("{} cannot be written to; name a new folder in it", path.display())]
    NoName {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder could not be made, written or renamed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A frame could not be encoded.
    #[error("{}: {source}", path.display())]
    Encode {
        /// The file it was to become.
        path: PathBuf,
        /// What the encoder said.
        #[source]
        source: oddframe_core::SharedError,
    },
    /// A classifier near chance.
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
    /// A layer that cannot be made or run, or weights that do not fit or cannot be read or written.
    #[error(transparent)]
    Network(#[from] oddframe_nn::Error),
    /// Training that failed.
    #[error(transparent)]
    Train(oddframe_train::Error),
    /// A frame that could not be read, or a wish to stop.
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
