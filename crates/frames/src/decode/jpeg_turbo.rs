use oddframe_core::PixelFormat;
use turbojpeg::{Decompressor, Image};

use super::super::jpeg_header::JpegHeader;
use super::super::{ImageError, Kind};

/// Decodes into `pixels`, which has the header's size in `format`.
pub(super) fn decode(
    bytes: &[u8],
    header: &JpegHeader,
    end: usize,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), ImageError> {
    let (width, height) = (header.shape.width(), header.shape.height());
    let format_out = match format {
        PixelFormat::Gray => turbojpeg::PixelFormat::GRAY,
        PixelFormat::Rgb => turbojpeg::PixelFormat::RGB,
    };
    let image = Image { pixels, width, pitch: width * format.channels(), height, format: format_out };
    // Keeping a decompressor from frame to frame was tried, and is not measurably faster. The library's warnings
    // (data missing or left over) count as errors, as the call returns them.
    let mut decompressor = Decompressor::new().map_err(gave_up)?;
    decompressor.decompress(&bytes[..end + 2], image).map_err(gave_up)
}

fn gave_up(source: turbojpeg::Error) -> ImageError {
    ImageError::Decoder { format: Kind::Jpeg.name(), source: Box::new(source) }
}
