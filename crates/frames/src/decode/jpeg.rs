//! JPEG, decoded in Rust or by libjpeg-turbo, with the same pixels.

use oddframe_core::PixelFormat;

use super::convert::rgb_to_gray;
use super::image_error::ImageError;
use super::jpeg_header::JpegHeader;

#[cfg(not(feature = "turbojpeg"))]
mod decoder;
#[cfg(feature = "turbojpeg")]
use self::turbo as decoder;

/// Decodes a file into `pixels`, which has the header's stored size in `format`.
pub(super) fn decode_pixels(
    bytes: &[u8],
    header: &JpegHeader,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), ImageError> {
    let end = header.find_end(bytes)?;
    // The gray of a colour JPEG is its brightness plane, but a file that stores RGB has none:
    // convert its colours.
    if header.rgb && format == PixelFormat::Gray {
        let mut rgb = vec![0; header.shape.bytes()];
        decoder::decode(bytes, header, end, PixelFormat::Rgb, &mut rgb)?;
        rgb_to_gray(&rgb, pixels);
        return Ok(());
    }
    decoder::decode(bytes, header, end, format, pixels)
}

/// The decoder of libjpeg-turbo, a C library.
#[cfg(feature = "turbojpeg")]
mod turbo {
    use oddframe_core::PixelFormat;
    use turbojpeg::{Decompressor, Image};

    use super::super::file_format::FileFormat;
    use super::{ImageError, JpegHeader};

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
        let image = Image {
            pixels,
            width,
            pitch: width * format.channels(),
            height,
            format: format_out,
        };
        // Keeping one decompressor for all frames is not measurably faster. The library's warnings
        // (missing or extra data) count as errors: the call returns both.
        let mut decompressor = Decompressor::new().map_err(decoder_error)?;
        decompressor
            .decompress(&bytes[..end + 2], image)
            .map_err(decoder_error)
    }

    fn decoder_error(source: turbojpeg::Error) -> ImageError {
        ImageError::Decoder {
            format: FileFormat::Jpeg.name(),
            source: Box::new(source),
        }
    }
}
