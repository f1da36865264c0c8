//! JPEG, by our own decoder or by libjpeg-turbo: the same pixels.

use oddframe_core::{Frame, FrameNumber, PixelFormat};

use super::ImageError;
use super::convert::rgb_to_gray;
use super::jpeg_header::JpegHeader;

#[cfg(feature = "turbojpeg")]
#[path = "jpeg_turbo.rs"]
mod decoder;
#[cfg(not(feature = "turbojpeg"))]
mod decoder;

pub(super) fn decode(
    bytes: &[u8],
    format: PixelFormat,
    number: FrameNumber,
    out: &mut Frame,
) -> Result<(), ImageError> {
    let header = JpegHeader::read(bytes)?;
    let end = header.end(bytes)?;
    if header.rgb && format == PixelFormat::Gray {
        // There is no brightness plane to ask for.
        let mut rgb = vec![0; header.shape.bytes()];
        decoder::decode(bytes, &header, end, PixelFormat::Rgb, &mut rgb)?;
        out.reset(header.shape.with_format(format), number);
        rgb_to_gray(&rgb, out.pixels_mut());
        return Ok(());
    }
    out.reset(header.shape.with_format(format), number);
    decoder::decode(bytes, &header, end, format, out.pixels_mut())
}
