use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use jpeg_encoder::{ColorType, Encoder};
use oddframe_core::{Frame, PixelFormat, SharedError};

use crate::Error;

/// The format of the frames that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameFormat {
    /// JPEG of this quality, 1 to 100: small, and a little is lost once more.
    Jpeg {
        /// The quality.
        quality: u8,
    },
    /// PNG: nothing is lost, at five to ten times the size.
    Png,
}

impl FrameFormat {
    /// The end of a file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpg",
            Self::Png => "png",
        }
    }

    pub(crate) fn check(self) -> Result<(), Error> {
        match self {
            Self::Jpeg { quality } if !(1..=100).contains(&quality) => Err(Error::Parameter {
                what: "the JPEG quality",
                value: quality.into(),
                expected: "1 to 100",
            }),
            _ => Ok(()),
        }
    }

    /// Writes the file's bytes in the place of what `bytes` holds.
    pub(crate) fn encode(self, frame: &Frame, bytes: &mut Vec<u8>) -> Result<(), SharedError> {
        bytes.clear();
        let (shape, pixels) = (frame.shape(), frame.pixels());
        match self {
            Self::Jpeg { quality } => {
                let colours = match shape.format() {
                    PixelFormat::Gray => ColorType::Luma,
                    PixelFormat::Rgb => ColorType::Rgb,
                };
                // A frame's sides fit 16 bits.
                let (width, height) = (shape.width() as u16, shape.height() as u16);
                Ok(Encoder::new(bytes, quality).encode(pixels, width, height, colours)?)
            }
            Self::Png => {
                let colours = match shape.format() {
                    PixelFormat::Gray => ExtendedColorType::L8,
                    PixelFormat::Rgb => ExtendedColorType::Rgb8,
                };
                let (width, height) = (shape.width() as u32, shape.height() as u32);
                Ok(PngEncoder::new(bytes).write_image(pixels, width, height, colours)?)
            }
        }
    }
}
