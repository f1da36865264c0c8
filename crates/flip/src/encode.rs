use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use jpeg_encoder::{ColorType, Encoder};
use oddframe_core::{Frame, PixelFormat, SharedError};

use crate::Error;

/// The format of the frames that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameFormat {
    /// JPEG with this quality, 1 to 100: small, with a little loss.
    Jpeg {
        /// The quality.
        quality: u8,
    },
    /// PNG: lossless, at five to ten times the size.
    Png,
}

impl FrameFormat {
    /// The file name extension.
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

    /// Encodes a frame into `bytes`, replacing its contents.
    pub(crate) fn encode(self, frame: &Frame, bytes: &mut Vec<u8>) -> Result<(), SharedError> {
        bytes.clear();
        let (shape, pixels) = (frame.shape(), frame.pixels());
        match self {
            Self::Jpeg { quality } => {
                let colours = match shape.format() {
                    PixelFormat::Gray => ColorType::Luma,
                    PixelFormat::Rgb => ColorType::Rgb,
                };
                // The sides of a frame fit into 16 bits.
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
