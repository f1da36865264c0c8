use std::io;
use std::path::PathBuf;

use crate::draft::MARKER;

/// Everything that can go wrong when a scene is written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The target holds something and may not be replaced.
    #[error("{} is not empty; name another folder, or allow it to be overwritten", path.display())]
    NotEmpty {
        /// The target.
        path: PathBuf,
    },
    /// The target is to be replaced and holds something that is no part of a data set.
    #[error("{} holds `{entry}`, which is no part of a synthetic data set; it is not overwritten", path.display())]
    Foreign {
        /// The target.
        path: PathBuf,
        /// The name of what it holds.
        entry: String,
    },
    /// The target is to be replaced and looks like a data set, but nothing says that it was written here.
    #[error("{} holds no `{MARKER}`, so it may be a real data set; it is not overwritten, name another folder", path.display())]
    Unmarked {
        /// The target.
        path: PathBuf,
    },
    /// The target is a file.
    #[error("{} is a file; a folder is needed", path.display())]
    NotAFolder {
        /// The target.
        path: PathBuf,
    },
    /// The target has no name of its own, such as the root folder.
    #[error("{} cannot be written to; name a new folder in it", path.display())]
    NoName {
        /// The target.
        path: PathBuf,
    },
    /// A quality that JPEG does not have.
    #[error("a JPEG quality of {quality} is not possible; it must be 1 to 100")]
    Quality {
        /// The quality.
        quality: u8,
    },
    /// A file or folder could not be made, read, renamed or removed.
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
        source: jpeg_encoder::EncodingError,
    },
    /// A frame could not be made, or the observer asked to stop.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

impl Error {
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        |source| Self::Io { path, source }
    }
}
