//! Image files to pixels.

mod convert;
mod jpeg;
mod jpeg_header;
mod raster;

use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat, SharedError};

pub(crate) use self::convert::{gray_to_rgb, rgb_to_gray};

/// The most pixels a picture may have. It bounds what a hostile header can make us reserve.
const MAX_PIXELS: usize = 64 << 20;

/// Why an image could not be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A file of no bytes.
    #[error("the file is empty")]
    Empty,
    /// Neither of the formats read here, judged by the first bytes.
    #[error("this is no JPEG, PNG, TIFF or BMP image: it starts with the bytes {start:02X?}")]
    UnknownFormat {
        /// The first bytes, eight at most.
        start: Vec<u8>,
    },
    /// A picture of no pixels, or of more than a frame can hold.
    #[error(
        "the picture is {width}x{height}: sides must be 1 to {side}, and {MAX_PIXELS} pixels are the most",
        side = FrameShape::MAX_SIDE
    )]
    Dimensions {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
    },
    /// A header that promises more pixels than the file can hold.
    #[error(
        "the header says {width}x{height} pixels, more than {bytes} bytes of {format} can hold: the header is wrong, or the end of the file is missing"
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
    /// A file that stops before its picture does.
    #[error("the {format} file stops after {bytes} bytes, before the end of its picture: copy it again")]
    Truncated {
        /// The file format.
        format: &'static str,
        /// Bytes in the file.
        bytes: usize,
    },
    /// Bytes that are not what the format asks for.
    #[error("the {format} file is damaged at byte {at}: {what}")]
    Damaged {
        /// The file format.
        format: &'static str,
        /// Where in the file.
        at: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// A kind of pixel that does not become gray or RGB here.
    #[error("{what} pictures are not read: convert them to 8 bits of gray or RGB")]
    Unsupported {
        /// The kind of picture.
        what: &'static str,
    },
    /// The decoder gave up.
    #[error("the {format} file cannot be decoded: {source}")]
    Decoder {
        /// The file format.
        format: &'static str,
        /// What the decoder said.
        #[source]
        source: SharedError,
    },
}

/// The file formats, told apart by their first bytes: names of files lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Jpeg,
    Png,
    Tiff,
    Bmp,
}

impl Kind {
    fn of(bytes: &[u8]) -> Result<Self, ImageError> {
        match bytes {
            [] => Err(ImageError::Empty),
            [0xFF, 0xD8, 0xFF, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(Self::Png),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Ok(Self::Tiff),
            [b'B', b'M', ..] => Ok(Self::Bmp),
            _ => Err(ImageError::UnknownFormat { start: bytes[..bytes.len().min(8)].to_vec() }),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
        }
    }

    /// The most pixels that a byte of file can stand for.
    ///
    /// JPEG needs at least one bit for a block of 64 pixels; deflate makes at most 1,032 bytes of one, LZW at
    /// most 2,731, and a byte can be eight pixels. Where runs or whole lines cost next to nothing, as in some
    /// BMP and TIFF files, there is no such number, and [`MAX_PIXELS`] alone is the bound.
    const fn pixels_per_byte(self) -> u64 {
        match self {
            Self::Jpeg => 8 * 64,
            Self::Png => 8 * 1_032,
            Self::Tiff | Self::Bmp => 8 * 2_731,
        }
    }

    /// Refuses a shape that no file of this length can hold.
    fn check_plausible(self, shape: FrameShape, bytes: &[u8]) -> Result<(), ImageError> {
        let (width, height, bytes) = (shape.width() as u64, shape.height() as u64, bytes.len());
        if width * height > self.pixels_per_byte().saturating_mul(bytes as u64) {
            return Err(ImageError::Implausible { format: self.name(), width, height, bytes });
        }
        Ok(())
    }
}

/// Checks the size that a header promises, before anything of it is reserved.
fn shape(width: u64, height: u64, format: PixelFormat) -> Result<FrameShape, ImageError> {
    let impossible = |_| ImageError::Dimensions { width, height };
    let side = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let shape = FrameShape::new(side(width), side(height), format).map_err(impossible)?;
    if shape.width() * shape.height() > MAX_PIXELS {
        return Err(ImageError::Dimensions { width, height });
    }
    Ok(shape)
}

/// Size and native format of an image file, from its header alone.
///
/// # Errors
/// When the bytes are no JPEG, PNG, TIFF or BMP image, or the header is damaged, asks for more than
/// 64 Mi pixels or for more than the file can hold.
pub fn probe(bytes: &[u8]) -> Result<FrameShape, ImageError> {
    match Kind::of(bytes)? {
        Kind::Jpeg => Ok(jpeg_header::JpegHeader::read(bytes)?.shape),
        kind => raster::probe(kind, bytes),
    }
}

/// Decodes an image file into `out` as `format`; `out` gets the image's own size and the number `number`.
///
/// The format is told by the file's content. Samples of 16 bits are rounded to 8, alpha is left out, palettes
/// become RGB. Gray of RGB is `0.299 R + 0.587 G + 0.114 B`, rounded as Pillow rounds it; gray of a colour JPEG
/// is its own brightness plane, as OpenCV reads it. The pixels of a JPEG, sequential or progressive, are those of
/// OpenCV and Pillow to the last bit. Orientation tags are not applied. A file that is cut short or damaged is an
/// error, never a picture that is half gray.
///
/// # Errors
/// As [`probe`]; also when the picture is cut short, damaged, or of a kind that is not read (CMYK or
/// arithmetic JPEG, floating point). The pixels of `out` are then unspecified.
pub fn decode_into(
    bytes: &[u8],
    format: PixelFormat,
    number: FrameNumber,
    out: &mut Frame,
) -> Result<(), ImageError> {
    match Kind::of(bytes)? {
        Kind::Jpeg => jpeg::decode(bytes, format, number, out),
        kind => raster::decode(kind, bytes, format, number, out),
    }
}

#[cfg(test)]
mod tests;
