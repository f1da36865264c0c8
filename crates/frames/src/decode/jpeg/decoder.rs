//! JPEG in Rust: sequential and progressive Huffman coding, with the pixels of libjpeg-turbo to the last bit.
#![expect(clippy::inline_always, reason = "what is not inlined under the dispatch loses the wide registers")]

mod bits;
mod block;
mod color;
mod huffman;
mod idct;
mod layout;
mod picture;
mod plane;
mod progressive;
mod render;
mod sequential;
mod standard;
mod tables;
mod upsample;
mod walk;

use oddframe_core::PixelFormat;

use self::layout::Layout;
use self::picture::Picture;
use self::tables::Tables;
use super::super::ImageError;
use super::super::jpeg_header::{END, JpegHeader, SCAN, damaged, segment};

/// What is wrong with the bytes; where is told by who hands it on.
type Fault = &'static str;

/// Decodes into `pixels`, which has the header's size in `format`.
pub(super) fn decode(
    bytes: &[u8],
    header: &JpegHeader,
    end: usize,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), ImageError> {
    let bytes = &bytes[..end + 2];
    let mut tables = Tables::default();
    let mut picture = None;
    let mut at = 2;
    loop {
        let (marker, body, next) = segment(bytes, at)?;
        let wrong = |what| damaged(at, what);
        let mut next = next;
        match marker {
            0xC4 => tables.read_codes(body).map_err(wrong)?,
            0xDB => tables.read_divisors(body).map_err(wrong)?,
            0xDD => tables.read_interval(body).map_err(wrong)?,
            0xC0..=0xCB | 0xCD..=0xCF => {
                let layout = Layout::read(marker, at, body)?;
                // The header's size is the last one told, and the one that was checked.
                if picture.is_some()
                    || (layout.width, layout.height) != (header.shape.width(), header.shape.height())
                {
                    return Err(wrong("a second picture starts"));
                }
                picture = Some(Picture::new(layout, format));
            }
            SCAN => {
                tables.fill_in();
                let picture =
                    picture.as_mut().ok_or_else(|| wrong("pixels start before their size is known"))?;
                next = picture.read_scan(&tables, bytes, at, body, next)?;
            }
            END => break,
            0xCC => return Err(ImageError::Unsupported { what: "JPEG with arithmetic coding" }),
            // No writer does so: it is a table that is no longer known as one.
            0xE0..=0xEF | 0xFE if picture.as_ref().is_some_and(Picture::has_scans) => {
                return Err(wrong("a remark stands between scans"));
            }
            // What programs write for themselves, comments, and marks without a meaning here.
            0xDC | 0xE0..=0xEF | 0xFE | 0x01 | 0xD0..=0xD7 => {}
            _ => return Err(wrong("a segment of no known kind")),
        }
        at = next;
    }
    let picture = picture.ok_or_else(|| damaged(at, "it ends before a picture starts"))?;
    let (layout, planes) = picture.finish().map_err(|what| damaged(at, what))?;
    render::render(&layout, planes, header.rgb, format, pixels)
}
