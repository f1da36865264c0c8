//! A JPEG decoder for sequential and progressive Huffman coding. Its pixels equal libjpeg-turbo's
//! to the last bit.
//!
//! ```text
//! bits ─▶ Huffman symbols ─▶ coefficients ─▶ inverse DCT ─▶ planes ─▶ upsampling ─▶ colours ─▶ pixels
//!         huffman_table      block,          idct           plane     upsample      color
//!         bit_reader         progressive
//! ```
//!
//! A sequential scan transforms each block as soon as it is read. The scans of a progressive file
//! refine the coefficients of the whole picture first; the transform follows after the last scan.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

mod bit_reader;
mod block;
mod color;
mod default_tables;
mod headers;
mod huffman_table;
mod idct;
mod picture;
mod plane;
mod progressive;
mod render;
mod scan_order;
mod sequential;
mod tables;
mod upsample;

use oddframe_core::PixelFormat;

use self::headers::FrameHeader;
use self::picture::Picture;
use self::tables::Tables;
use crate::decode::image_error::ImageError;
use crate::decode::jpeg_header::{END, JpegHeader, SCAN, damaged, read_segment};

/// Decodes into `pixels`, which has the header's size in `format`; `end` is the offset of the end
/// marker.
pub(super) fn decode(
    bytes: &[u8],
    header: &JpegHeader,
    end: usize,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), ImageError> {
    let bytes = &bytes[..end + 2];
    // One pass over the segments, in the order of the file. A table counts for the scans behind it,
    // until another one replaces it; a scan adds to the picture that the frame header has begun.
    let mut tables = Tables::default();
    let mut picture = None;
    let mut at = 2;
    loop {
        let (marker, body, mut next) = read_segment(bytes, at)?;
        // By their names in the standard: C4 DHT, DB DQT, DD DRI, C0 to CF SOF, DA SOS, D9 EOI, CC DAC.
        match marker {
            0xC4 => tables
                .read_huffman(body)
                .map_err(|what| damaged(at, what))?,
            0xDB => tables
                .read_quantization(body)
                .map_err(|what| damaged(at, what))?,
            0xDD => tables
                .read_restart_interval(body)
                .map_err(|what| damaged(at, what))?,
            0xC0..=0xCB | 0xCD..=0xCF => {
                let frame = FrameHeader::parse(marker, at, body)?;
                // `header` holds the size of the file's last frame header: the one that was checked
                // and that the pixels were reserved for.
                if picture.is_some()
                    || (frame.width, frame.height) != (header.shape.width(), header.shape.height())
                {
                    return Err(damaged(at, "a second picture starts"));
                }
                picture = Some(Picture::new(frame, format));
            }
            SCAN => {
                tables.use_default_huffman();
                let Some(picture) = &mut picture else {
                    return Err(damaged(at, "a scan starts before the frame header"));
                };
                next = picture.read_scan(&tables, bytes, at, body, next)?;
            }
            END => break,
            0xCC => {
                return Err(ImageError::Unsupported {
                    what: "JPEG with arithmetic coding",
                });
            }
            // No encoder writes these between scans: most likely a damaged marker of a table.
            0xE0..=0xEF | 0xFE if picture.as_ref().is_some_and(Picture::has_scans) => {
                return Err(damaged(
                    at,
                    "an application segment or comment lies between scans",
                ));
            }
            // Application segments, comments and markers that do not affect the pixels.
            0xDC | 0xE0..=0xEF | 0xFE | 0x01 | 0xD0..=0xD7 => {}
            _ => return Err(damaged(at, "a segment has an unknown marker")),
        }
        at = next;
    }
    let picture = picture.ok_or_else(|| damaged(at, "the file ends before a picture starts"))?;
    let (frame, planes) = picture.into_planes().map_err(|what| damaged(at, what))?;
    render::render_pixels(&frame, planes, header.rgb, format, pixels)
}
