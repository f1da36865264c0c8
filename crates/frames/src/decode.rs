//! Image files to pixels.
use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};

/// Why an image could not be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {}

/// Size and native format of an image file, from its header alone.
pub fn probe(_bytes: &[u8]) -> Result<FrameShape, ImageError> {
    todo!()
}

/// Decodes an image file into `out` as `format`; `out` gets the image's own size and the number `number`.
pub fn decode_into(
    _bytes: &[u8],
    _format: PixelFormat,
    _number: FrameNumber,
    _out: &mut Frame,
) -> Result<(), ImageError> {
    todo!()
}
