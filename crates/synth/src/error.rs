use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::DraftFolderError;

/// The file that marks a folder as a data set of this crate. The other names of its files are those
/// of real data sets too, which must never be replaced.
pub(crate) const MARKER: &str = "synth.toml";

/// The errors of naming and writing a scene.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that names no preset.
    #[error("`{text}` is not a known preset: write one of tiny, small and pixelplay")]
    UnknownPreset {
        /// The text.
        text: String,
    },
    /// The target folder cannot be used, or cannot be replaced by the finished data set.
    #[error(transparent)]
    Folder(#[from] DraftFolderError),
    /// The target is to be replaced, but holds something that does not belong to a data set.
    #[error("{} holds `{entry}`, which does not belong to a synthetic data set, and is not overwritten: name another folder", path.display())]
    Foreign {
        /// The target.
        path: PathBuf,
        /// The name of the foreign file or folder.
        entry: String,
    },
    /// The target is to be replaced and looks like a data set, but was not written by this crate.
    #[error("{} holds no `{MARKER}`, so that it may be a real data set, and is not overwritten: name another folder", path.display())]
    Unmarked {
        /// The target.
        path: PathBuf,
    },
    /// A JPEG quality outside 1 to 100.
    #[error("the JPEG quality is {quality}, but must be 1 to 100")]
    Quality {
        /// The quality.
        quality: u8,
    },
    /// A file or folder could not be created, read or written.
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
        /// The file.
        path: PathBuf,
        /// The error of the encoder.
        #[source]
        source: jpeg_encoder::EncodingError,
    },
    /// A frame could not be painted, or the observer cancelled.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        |source| Self::Io { path, source }
    }
}
