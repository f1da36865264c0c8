use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{SharedError, VideoId};

/// The reason why a report cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The run folder cannot be read.
    #[error(transparent)]
    Run(#[from] oddframe_pipeline::Error),
    /// ffmpeg is missing or cannot encode.
    #[error(transparent)]
    Video(#[from] oddframe_video::Error),
    /// Overlays of several videos for one file.
    #[error(
        "{} is one file, and the run has {videos} videos: name one with --video, or name a folder, which has no ending such as .mp4",
        .path.display()
    )]
    OneFileForMany {
        /// The file.
        path: PathBuf,
        /// The number of videos.
        videos: usize,
    },
    /// An overlay that would replace the video it is made of.
    #[error("{} is a test video of this run: name another file or folder for the overlay", .path.display())]
    OverlayOnFootage {
        /// The file.
        path: PathBuf,
    },
    /// A video that the run did not score.
    #[error("{} scored no video {video}; run.json lists its videos", .run.display())]
    UnknownVideo {
        /// The run folder.
        run: PathBuf,
        /// The video.
        video: VideoId,
    },
    /// Footage other than the scored one.
    #[error(
        "video {video} is not the one that was scored: {reason}; name the data of the run with --data"
    )]
    OtherFootage {
        /// The video.
        video: VideoId,
        /// The difference.
        reason: String,
    },
    /// Scores and labels that do not belong together.
    #[error(transparent)]
    Metrics(#[from] oddframe_metrics::Error),
    /// Scores that cannot be fused.
    #[error(transparent)]
    Post(#[from] oddframe_post::Error),
    /// Scores that cannot be used.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
    /// A file that cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The action.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A stored picture that cannot be decoded or pixelated.
    #[error(
        "the picture {} cannot be used: {source}; delete its folder and repeat the run, which makes its pictures again",
        .path.display()
    )]
    Picture {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: SharedError,
    },
    /// A page that does not fit into its budget, even without pictures.
    #[error(
        "the report of {} needs {bytes} bytes without any picture and may have {limit}; allow more with --max-megabytes",
        .path.display()
    )]
    TooLarge {
        /// The run folder.
        path: PathBuf,
        /// The size of the page.
        bytes: usize,
        /// The budget.
        limit: usize,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    pub(crate) fn picture<E: Into<SharedError>>(path: &Path) -> impl FnOnce(E) -> Self + use<E> {
        let path = path.to_path_buf();
        move |source| Self::Picture {
            path,
            source: source.into(),
        }
    }
}
