//! What a JPEG file says of itself before its pixels, and where it ends.

use oddframe_core::{FrameShape, PixelFormat};

use super::{ImageError, Kind, shape};

const FORMAT: &str = Kind::Jpeg.name();
pub(super) const END: u8 = 0xD9;
pub(super) const SCAN: u8 = 0xDA;

/// The part of a JPEG's header that decides how it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JpegHeader {
    /// Size, and gray or RGB.
    pub(crate) shape: FrameShape,
    /// The components are red, green and blue themselves, not brightness and colour differences.
    pub(crate) rgb: bool,
    /// Where the first scan's header starts.
    scan: usize,
}

impl JpegHeader {
    /// Reads the segments up to the first scan.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ImageError> {
        let mut frame = None;
        let (mut jfif, mut adobe) = (false, None);
        let mut at = 2;
        loop {
            let (marker, body, next) = segment(bytes, at)?;
            match marker {
                // Start of frame, in any of its codings; C4, C8 and CC are something else.
                0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => frame = Some((at, body)),
                0xE0 => jfif |= body.len() >= 14 && body.starts_with(b"JFIF\0"),
                0xEE => adobe = body.strip_prefix(b"Adobe").and_then(|b| b.get(6)).copied().or(adobe),
                SCAN => break,
                END => return Err(damaged(at, "it ends before a picture starts")),
                _ => {}
            }
            at = next;
        }
        let Some((place, [bits, h1, h0, w1, w0, components, samples @ ..])) = frame else {
            return Err(damaged(at, "pixels start before their size is known"));
        };
        let ids = [0, 3, 6].map(|i| samples.get(i).copied());
        let named_rgb = ids == [b'R', b'G', b'B'].map(Some);
        // In this order libjpeg asks, and with it everyone: JFIF has no RGB, and Adobe's word is above the names.
        let rgb = *components == 3 && !jfif && adobe.map_or(named_rgb, |transform| transform == 0);
        let pixels = match components {
            1 => PixelFormat::Gray,
            3 => PixelFormat::Rgb,
            4 => return Err(ImageError::Unsupported { what: "CMYK JPEG" }),
            _ => return Err(damaged(place, "pixels have neither one, three nor four components")),
        };
        if *bits != 8 {
            return Err(ImageError::Unsupported { what: "JPEG with more than 8 bits a sample" });
        }
        let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
        let shape = shape(width.into(), height.into(), pixels)?;
        Kind::Jpeg.check_plausible(shape, bytes)?;
        Ok(Self { shape, rgb, scan: at })
    }

    /// Where the mark of the end stands, which tells a whole file from one cut short.
    ///
    /// Bytes behind the mark, which some cameras write, are no part of the picture.
    pub(crate) fn end(&self, bytes: &[u8]) -> Result<usize, ImageError> {
        // Within a scan the two bytes cannot occur, so that a file that ends with them has them as its end.
        if bytes.ends_with(&[0xFF, END]) {
            return Ok(bytes.len() - 2);
        }
        let mut at = self.scan;
        while let Some(skip) = bytes[at..].iter().position(|b| *b == 0xFF) {
            at += skip;
            match bytes.get(at + 1) {
                Some(&END) => return Ok(at),
                // A byte of data, a restart mark, or a filling byte.
                Some(0 | 0xD0..=0xD7) => at += 2,
                Some(0xFF) => at += 1,
                Some(_) => at = segment(bytes, at)?.2,
                None => break,
            }
        }
        Err(cut(bytes))
    }
}

/// The marker at a place, its body and where the next one is due.
pub(super) fn segment(bytes: &[u8], mut at: usize) -> Result<(u8, &[u8], usize), ImageError> {
    if bytes.get(at).is_some_and(|b| *b != 0xFF) {
        return Err(damaged(at, "a segment should start here"));
    }
    while bytes.get(at + 1) == Some(&0xFF) {
        at += 1;
    }
    let marker = *bytes.get(at + 1).ok_or_else(|| cut(bytes))?;
    if matches!(marker, END | 0x01 | 0xD0..=0xD8) {
        return Ok((marker, &[], at + 2));
    }
    let [high, low] = *bytes.get(at + 2..).and_then(<[u8]>::first_chunk).ok_or_else(|| cut(bytes))?;
    let next = at + 2 + usize::from(u16::from_be_bytes([high, low]));
    if next < at + 4 {
        return Err(damaged(at, "a segment is shorter than its own length"));
    }
    Ok((marker, bytes.get(at + 4..next).ok_or_else(|| cut(bytes))?, next))
}

fn cut(bytes: &[u8]) -> ImageError {
    ImageError::Truncated { format: FORMAT, bytes: bytes.len() }
}

pub(super) fn damaged(at: usize, what: &'static str) -> ImageError {
    ImageError::Damaged { format: FORMAT, at, what }
}
