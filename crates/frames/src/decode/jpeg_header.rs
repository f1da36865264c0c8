//! The header of a JPEG file: the segments before the pixels, and the position of the end marker.
//!
//! ```text
//! FF D8                          start of the image
//! FF marker, length, body        segments: tables, comments, EXIF, the frame header (size, components)
//! FF DA, length, body, bits ...  a scan: its header and its Huffman-coded bits; there may be several
//! FF D9                          end of the image
//! ```

use oddframe_core::{FrameShape, PixelFormat};

use super::file_format::{FileFormat, checked_shape};
use super::image_error::ImageError;
use super::orientation::Orientation;

const FORMAT: &str = FileFormat::Jpeg.name();
/// Marker of the end of the image.
pub(super) const END: u8 = 0xD9;
/// Marker of a scan.
pub(super) const SCAN: u8 = 0xDA;

/// The part of a JPEG's header that decides how the file is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JpegHeader {
    /// Size as stored, and gray or RGB.
    pub(crate) shape: FrameShape,
    /// The orientation of the stored picture.
    pub(crate) orientation: Orientation,
    /// Whether the components are red, green and blue instead of brightness and two colour
    /// differences.
    pub(crate) rgb: bool,
    /// The offset of the first scan's header.
    scan: usize,
}

impl JpegHeader {
    /// Reads the segments up to the first scan.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ImageError> {
        let mut frame = None;
        let (mut jfif, mut adobe) = (false, None);
        let mut orientation = None;
        let mut at = 2;
        loop {
            let (marker, body, next) = read_segment(bytes, at)?;
            match marker {
                // A frame header in any coding. C4, C8 and CC in this range are other segments.
                0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => frame = Some((at, body)),
                0xE0 => jfif |= body.len() >= 14 && body.starts_with(b"JFIF\0"),
                // APP1 holds EXIF or XMP. The first readable orientation counts, as in OpenCV.
                0xE1 => {
                    let exif = body.strip_prefix(b"Exif\0\0");
                    orientation = orientation.or_else(|| Orientation::from_exif(exif?));
                }
                0xEE => {
                    adobe = body
                        .strip_prefix(b"Adobe")
                        .and_then(|b| b.get(6))
                        .copied()
                        .or(adobe);
                }
                SCAN => break,
                END => return Err(damaged(at, "the file ends before a picture starts")),
                _ => {}
            }
            at = next;
        }
        let Some((frame_at, [bits, h1, h0, w1, w0, components, samples @ ..])) = frame else {
            return Err(damaged(at, "a scan starts before the frame header"));
        };
        let ids = [0, 3, 6].map(|i| samples.get(i).copied());
        let named_rgb = ids == [b'R', b'G', b'B'].map(Some);
        // libjpeg's order: a JFIF file is never RGB, and Adobe's transform flag overrides the
        // components' names.
        let rgb = *components == 3 && !jfif && adobe.map_or(named_rgb, |transform| transform == 0);
        let pixels = match components {
            1 => PixelFormat::Gray,
            3 => PixelFormat::Rgb,
            4 => return Err(ImageError::Unsupported { what: "CMYK JPEG" }),
            _ => {
                return Err(damaged(
                    frame_at,
                    "the picture has neither one, three nor four components",
                ));
            }
        };
        if *bits != 8 {
            return Err(ImageError::Unsupported {
                what: "JPEG (more than 8 bits per sample)",
            });
        }
        let (width, height) = (
            u16::from_be_bytes([*w1, *w0]),
            u16::from_be_bytes([*h1, *h0]),
        );
        let shape = checked_shape(width.into(), height.into(), pixels)?;
        FileFormat::Jpeg.check_plausible(shape, bytes)?;
        Ok(Self {
            shape,
            orientation: orientation.unwrap_or_default(),
            rgb,
            scan: at,
        })
    }

    /// The offset of the end marker; a file without one was cut short.
    ///
    /// Bytes after the marker, which some cameras write, do not belong to the picture.
    pub(crate) fn find_end(&self, bytes: &[u8]) -> Result<usize, ImageError> {
        // The marker cannot occur among the bits of a scan, so that it is the end where a file ends
        // with it.
        if bytes.ends_with(&[0xFF, END]) {
            return Ok(bytes.len() - 2);
        }
        let mut at = self.scan;
        while let Some(skip) = bytes[at..].iter().position(|b| *b == 0xFF) {
            at += skip;
            match bytes.get(at + 1) {
                Some(&END) => return Ok(at),
                // A stuffed 0xFF of the data, or a restart marker.
                Some(0 | 0xD0..=0xD7) => at += 2,
                // A fill byte before a marker.
                Some(0xFF) => at += 1,
                Some(_) => at = read_segment(bytes, at)?.2,
                None => break,
            }
        }
        Err(cut_short(bytes))
    }
}

/// Reads the segment at an offset: its marker, its body and the offset of the next segment.
pub(super) fn read_segment(bytes: &[u8], mut at: usize) -> Result<(u8, &[u8], usize), ImageError> {
    if bytes.get(at).is_some_and(|b| *b != 0xFF) {
        return Err(damaged(at, "expected a marker"));
    }
    while bytes.get(at + 1) == Some(&0xFF) {
        at += 1;
    }
    let marker = *bytes.get(at + 1).ok_or_else(|| cut_short(bytes))?;
    // These markers have no length and no body.
    if matches!(marker, END | 0x01 | 0xD0..=0xD8) {
        return Ok((marker, &[], at + 2));
    }
    let [high, low] = *bytes
        .get(at + 2..)
        .and_then(<[u8]>::first_chunk)
        .ok_or_else(|| cut_short(bytes))?;
    let next = at + 2 + usize::from(u16::from_be_bytes([high, low]));
    if next < at + 4 {
        return Err(damaged(
            at,
            "a segment's length is smaller than its length field",
        ));
    }
    Ok((
        marker,
        bytes.get(at + 4..next).ok_or_else(|| cut_short(bytes))?,
        next,
    ))
}

fn cut_short(bytes: &[u8]) -> ImageError {
    ImageError::Truncated {
        format: FORMAT,
        bytes: bytes.len(),
    }
}

/// The error for a violation of the format at an offset.
pub(super) fn damaged(at: usize, what: &'static str) -> ImageError {
    ImageError::Damaged {
        format: FORMAT,
        at,
        what,
    }
}
