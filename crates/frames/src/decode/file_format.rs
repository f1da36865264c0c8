//! Recognising a file's format and checking the size that its header declares.

use oddframe_core::{FrameShape, PixelFormat};

use super::image_error::{ImageError, MAX_PIXELS};

/// The supported file formats, recognised by the first bytes because file names can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    Jpeg,
    Png,
    Tiff,
    Bmp,
}

impl FileFormat {
    /// Recognises the format of a file by its signature.
    pub(super) fn detect(bytes: &[u8]) -> Result<Self, ImageError> {
        match bytes {
            [] => Err(ImageError::Empty),
            [0xFF, 0xD8, 0xFF, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(Self::Png),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Ok(Self::Tiff),
            [b'B', b'M', ..] => Ok(Self::Bmp),
            _ => Err(ImageError::UnknownFormat {
                start: bytes[..bytes.len().min(8)].to_vec(),
            }),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
        }
    }

    /// The largest number of pixels that one byte of the file can encode.
    const fn max_pixels_per_byte(self) -> u64 {
        match self {
            // A block of 64 pixels takes at least one bit.
            Self::Jpeg => 8 * 64,
            // Deflate expands a byte to at most 1,032 bytes, and a byte holds at most eight pixels.
            Self::Png => 8 * 1_032,
            // LZW expands a byte to at most 2,731 bytes. Run-length codes and fax codes have no
            // such limit: the caller does not ask for them, and MAX_PIXELS alone bounds those
            // pictures.
            Self::Tiff | Self::Bmp => 8 * 2_731,
        }
    }

    /// Refuses a shape that a file of this length cannot hold.
    pub(super) fn check_plausible(self, shape: FrameShape, bytes: &[u8]) -> Result<(), ImageError> {
        let (width, height, bytes) = (shape.width() as u64, shape.height() as u64, bytes.len());
        if width * height > self.max_pixels_per_byte().saturating_mul(bytes as u64) {
            return Err(ImageError::Implausible {
                format: self.name(),
                width,
                height,
                bytes,
            });
        }
        Ok(())
    }
}

/// The frame shape for a size declared by a header, checked before any memory is reserved for it.
pub(super) fn checked_shape(
    width: u64,
    height: u64,
    format: PixelFormat,
) -> Result<FrameShape, ImageError> {
    let too_large = ImageError::Dimensions { width, height };
    let (Ok(width), Ok(height)) = (usize::try_from(width), usize::try_from(height)) else {
        return Err(too_large);
    };
    match FrameShape::new(width, height, format) {
        Ok(shape) if width * height <= MAX_PIXELS => Ok(shape),
        _ => Err(too_large),
    }
}
