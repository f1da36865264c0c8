use oddframe_core::PixelFormat;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::super::ImageError;
use super::super::jpeg_header::JpegHeader;
use super::gave_up;

/// Put between the last block and the mark of the end: ones, which no Huffman code consists of.
///
/// Where blocks are missing, the decoder would invent gray ones; so it runs into an error instead. A whole
/// picture never reads these bits.
const NO_BLOCK: [u8; 34] = {
    let mut ones = [0; 34];
    let mut i = 0;
    while i < 32 {
        ones[i] = 0xFF;
        i += 2;
    }
    ones[32] = 0xFF;
    ones[33] = 0xD9;
    ones
};

/// Decodes into `pixels`, which has the header's size in `format`.
pub(super) fn decode(
    bytes: &[u8],
    header: &JpegHeader,
    end: usize,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), ImageError> {
    let colours = match format {
        PixelFormat::Gray => ColorSpace::Luma,
        PixelFormat::Rgb => ColorSpace::RGB,
    };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(header.shape.width())
        .set_max_height(header.shape.height())
        .jpeg_set_out_colorspace(colours);
    if header.sequential {
        let marked = [&bytes[..end], &NO_BLOCK].concat();
        JpegDecoder::new_with_options(ZCursor::new(&marked), options).decode_into(pixels).map_err(gave_up)
    } else {
        let whole = &bytes[..end + 2];
        JpegDecoder::new_with_options(ZCursor::new(whole), options).decode_into(pixels).map_err(gave_up)
    }
}
