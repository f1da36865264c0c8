use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use oddframe_core::{Error as CoreError, VideoId};

/// The errors of video files and of the program that decodes them.
///
/// While frames are read, a stream or a source returns the [`Error`](oddframe_core::Error) of `oddframe-core`; an error of
/// this type is then its cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program that decodes video cannot be started.
    #[error(
        "cannot start {} ({source}), which decodes video files: install ffmpeg {} or later (Debian, Ubuntu: `apt install ffmpeg`; macOS: `brew install ffmpeg`; Windows: `winget install ffmpeg`), or set {} to the path of the program",
        program.display(), crate::Ffmpeg::MINIMUM_VERSION, crate::Ffmpeg::VARIABLE
    )]
    NoFfmpeg {
        /// The program.
        program: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The program is too old.
    #[error(
        "{} is ffmpeg {version}, and {} or later is needed: install a newer one, or set {} to the path of the program",
        program.display(), crate::Ffmpeg::MINIMUM_VERSION, crate::Ffmpeg::VARIABLE
    )]
    TooOld {
        /// The program.
        program: PathBuf,
        /// Its version.
        version: String,
    },
    /// The program is something else.
    #[error(
        "{} does not say that it is ffmpeg (its first line: {answer:?}); set {} to the path of ffmpeg",
        program.display(), crate::Ffmpeg::VARIABLE
    )]
    NotFfmpeg {
        /// The program.
        program: PathBuf,
        /// The first line of its answer.
        answer: String,
    },
    /// The program gave no sign of life for a while, and was ended.
    #[error(
        "{}: {program} gave nothing for {seconds} seconds after frame {frames} and was ended; is the file on a slow disk? {} can be more patient",
        path.display(), "Ffmpeg::with_patience"
    )]
    Hung {
        /// The file.
        path: PathBuf,
        /// The name of the program.
        program: &'static str,
        /// How many frames it had given.
        frames: usize,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The program ended with an error.
    #[error("{}: ffmpeg ended with an error after {frames} frames ({status}): {message}", path.display())]
    Died {
        /// The file.
        path: PathBuf,
        /// How many frames it had given.
        frames: usize,
        /// How it ended.
        status: ExitStatus,
        /// What it reported.
        message: String,
    },
    /// The program sent something other than frames.
    #[error("{}: ffmpeg sent something unexpected after {frames} frames: {reason}", path.display())]
    Garbled {
        /// The file.
        path: PathBuf,
        /// How many frames it had given.
        frames: usize,
        /// What is wrong.
        reason: String,
    },
    /// The file is no video, or a damaged one that cannot be opened.
    #[error("{} is not a video that ffmpeg can read: {message}", path.display())]
    NotAVideo {
        /// The file.
        path: PathBuf,
        /// What ffmpeg reported.
        message: String,
    },
    /// No frame of the video could be decoded.
    #[error("{}: not one frame could be decoded: {message}", path.display())]
    NoFrames {
        /// The file.
        path: PathBuf,
        /// What ffmpeg reported.
        message: String,
    },
    /// A video file that cannot be written.
    #[error("cannot write {}: {reason}", path.display())]
    CannotEncode {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A second reading of a file gave other frames than the first.
    #[error("{}: the file had {before} frames, and now ends after {now}; was it changed meanwhile?", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The number of frames at first.
        before: usize,
        /// The number of frames now.
        now: usize,
    },
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A folder without video files.
    #[error("{} holds no video file ({}), neither directly nor in the folders {}", path.display(), crate::set::EXTENSIONS.join(", "), crate::set::list_layouts())]
    NoVideos {
        /// The folder.
        path: PathBuf,
    },
    /// Two files have the same video name.
    #[error("{} and {} would both be video {id}: names that differ in leading zeros or in the ending alone are the same video; rename one", first.display(), second.display())]
    SameVideo {
        /// The name.
        id: VideoId,
        /// The first file.
        first: PathBuf,
        /// The second file.
        second: PathBuf,
    },
    /// An error of the basic types.
    #[error(transparent)]
    Core(#[from] CoreError),
}

/// The error as streams and sources return it.
///
/// It is not [`CoreError::Read`], after which a stream continues: nothing follows when the decoder ended.
impl From<Error> for CoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => error,
            source => Self::System {
                system: "video file",
                source: source.into(),
            },
        }
    }
}
