use std::io;
use std::path::PathBuf;

use oddframe_core::FrameNumber;

/// What goes wrong in these systems alone.
///
/// The systems return it as the source of [`oddframe_core::Error::System`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The learned image cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The learned image cannot be read.
    #[error("cannot read {}: {source}; fit the system into this folder first", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The learned image is not a `.npy` file.
    #[error("{} is damaged: {source}; delete it and fit the system again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: oddframe_labels::Error,
    },
    /// The learned image has another size than the settings ask for.
    #[error(
        "{} has the shape {found:?}, but the settings ask for {height} rows of {width} pixels; use the settings of the training, or fit the system again",
        path.display()
    )]
    ImageSize {
        /// The file.
        path: PathBuf,
        /// Pixels in a row that the settings ask for.
        width: usize,
        /// Rows that the settings ask for.
        height: usize,
        /// The shape of the array in the file.
        found: Vec<usize>,
    },
    /// A frame was pushed without an image.
    #[error("frame {frame} has no image; prepare frames as the scorer's input asks")]
    NoImage {
        /// The frame.
        frame: FrameNumber,
    },
    /// The edge policy rejects the first frame of every video.
    #[error(
        "the first frame of a video has no frame before it and thus no score, which `edge = \"error\"` forbids; choose nearest, reflect or constant(NUMBER)"
    )]
    FirstFrame,
}

impl Error {
    /// The same error as the cause of a failed system.
    pub(crate) fn of_system(self, system: &'static str) -> oddframe_core::Error {
        oddframe_core::Error::System {
            system,
            source: self.into(),
        }
    }
}
