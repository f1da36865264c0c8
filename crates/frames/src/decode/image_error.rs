use oddframe_core::{FrameShape, SharedError};

/// The largest number of pixels a picture may have. It bounds the memory that a hostile header can
/// reserve.
pub(super) const MAX_PIXELS: usize = 64 << 20;

/// The reason why an image could not be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The file has no bytes.
    #[error("the file is empty: copy it again")]
    Empty,
    /// The first bytes belong to none of the supported formats.
    #[error(
        "the file is not a JPEG, PNG, TIFF or BMP image: it starts with the bytes {start:02X?}"
    )]
    UnknownFormat {
        /// The first bytes, eight at most.
        start: Vec<u8>,
    },
    /// The picture has no pixels, or more than a frame can hold.
    #[error(
        "the picture is {width}x{height}: each side must be 1 to {side} pixels, and the whole at most {MAX_PIXELS} pixels",
        side = FrameShape::MAX_SIDE
    )]
    Dimensions {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
    },
    /// The header declares more pixels than the file can hold.
    #[error(
        "the header declares {width}x{height} pixels, more than {bytes} bytes of {format} can hold: the header is damaged, or the end of the file is missing"
    )]
    Implausible {
        /// The file format.
        format: &'static str,
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
        /// Bytes in the file.
        bytes: usize,
    },
    /// The file ends before its picture does.
    #[error(
        "the {format} file ends after {bytes} bytes, before the end of its picture: copy it again"
    )]
    Truncated {
        /// The file format.
        format: &'static str,
        /// Bytes in the file.
        bytes: usize,
    },
    /// The file violates its format.
    #[error("the {format} file is damaged at byte {at}: {what}")]
    Damaged {
        /// The file format.
        format: &'static str,
        /// The byte offset in the file.
        at: usize,
        /// The violation.
        what: &'static str,
    },
    /// The picture has a kind of pixel or coding that this crate does not decode.
    #[error("{what} images are not supported: convert the file to 8-bit gray or RGB")]
    Unsupported {
        /// The kind of picture.
        what: &'static str,
    },
    /// The decoding library reported an error.
    #[error("the {format} file cannot be decoded: {source}")]
    Decoder {
        /// The file format.
        format: &'static str,
        /// The library's error.
        #[source]
        source: SharedError,
    },
}
