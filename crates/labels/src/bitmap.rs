use std::io::Read;

use oddframe_core::{FrameShape, Mask};

use crate::Error;
use crate::bytes::{read_exactly, skip_bytes};
use crate::masks::RunBudget;
use crate::mat::MAX_MAT_LEAF_BYTES;

/// Bytes of the file header and of the oldest image header in use; later image headers begin with the same
/// fields.
///
/// ```text
/// offset  0  "BM"                     offset 18  width   (i32)
///        10  offset of the pixels            22  height  (i32, negative if the top row comes first)
///        14  size of the image header        28  bits per pixel (u16)
///                                            30  compression (u32, 0 for none)
/// ```
const HEADERS_BYTES: u64 = 14 + 40;

/// Reads an uncompressed BMP image of 1, 8, 24 or 32 bits per pixel as a mask: every pixel that is not black
/// is set.
pub(crate) fn read_bitmap(input: &mut dyn Read, runs: &mut RunBudget) -> Result<Mask, Error> {
    let header = Header::read(input)?;
    let palette = Palette::read(input, &header)?;
    // Rows are padded to a multiple of four bytes.
    let row_bytes = (header.width * usize::from(header.bits)).div_ceil(32) * 4;
    let mut row = Vec::new();
    // The buffer grows with the data; the size that the header claims allocates nothing.
    let mut pixels = Vec::new();
    for _ in 0..header.height {
        read_exactly(input, row_bytes as u64, &mut row, "a row of pixels")?;
        pixels.extend((0..header.width).map(|x| u8::from(palette.is_set(&row, x, header.bits))));
    }
    // Masks go from the top row to the bottom row. BMP files go the other way unless their height is
    // negative.
    if !header.top_first {
        reverse_rows(&mut pixels, header.width);
    }
    runs.add_mask(header.width, header.height, &pixels)
}

/// The fields of both headers that matter here, checked.
struct Header {
    width: usize,
    height: usize,
    /// The first row in the file is the top row of the image.
    top_first: bool,
    bits: u16,
    palette_at: u64,
    pixels_at: u64,
}

impl Header {
    fn read(input: &mut dyn Read) -> Result<Self, Error> {
        let mut head = Vec::new();
        read_exactly(input, HEADERS_BYTES, &mut head, "the BMP header")?;
        if !head.starts_with(b"BM") {
            return Err(malformed("it does not begin with BM", 0));
        }
        let (pixels_at, palette_at) = (
            u64::from(u32_at(&head, 10)),
            14 + u64::from(u32_at(&head, 14)),
        );
        if palette_at < HEADERS_BYTES || pixels_at < palette_at {
            return Err(malformed("its header is too short", 10));
        }
        let (width, height) = (u32_at(&head, 18) as i32, u32_at(&head, 22) as i32);
        let (bits, compression) = (u16::from_le_bytes([head[28], head[29]]), u32_at(&head, 30));
        if !matches!(bits, 1 | 8 | 24 | 32) || compression != 0 {
            return Err(Error::BitmapKind { bits, compression });
        }
        let top_first = height < 0;
        let (width, height) = (width.max(0) as usize, height.unsigned_abs() as usize);
        let sides = 1..=FrameShape::MAX_SIDE;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(oddframe_core::Error::InvalidShape { width, height }.into());
        }
        // One byte per pixel in memory, as for the masks of MATLAB files.
        if (width * height) as u64 > MAX_MAT_LEAF_BYTES {
            return Err(Error::TooLarge {
                what: "pixels in a mask",
                limit: MAX_MAT_LEAF_BYTES,
            });
        }
        Ok(Self {
            width,
            height,
            top_first,
            bits,
            palette_at,
            pixels_at,
        })
    }
}

/// The colours of 1-bit and 8-bit images, four bytes each: blue, green, red and a reserved one.
struct Palette(Vec<u8>);

impl Palette {
    /// Reads up to the first row of pixels.
    fn read(input: &mut dyn Read, header: &Header) -> Result<Self, Error> {
        let space = header.pixels_at - header.palette_at;
        // Writers may store fewer colours than the depth allows, and may leave a gap between the palette and
        // the pixels: only the offset of the pixels is reliable.
        let colors = if header.bits > 8 {
            0
        } else {
            (1_u64 << header.bits).min(space / 4)
        };
        let mut bytes = Vec::new();
        skip_bytes(input, header.palette_at - HEADERS_BYTES, "the BMP header")?;
        read_exactly(input, 4 * colors, &mut bytes, "the palette")?;
        skip_bytes(input, space - 4 * colors, "the palette")?;
        Ok(Self(bytes))
    }

    /// Whether pixel `x` of a row is not black.
    fn is_set(&self, row: &[u8], x: usize, bits: u16) -> bool {
        match bits {
            // The highest bit is the leftmost pixel.
            1 => self.is_bright(row[x / 8] >> (7 - x % 8) & 1),
            8 => self.is_bright(row[x]),
            bits => is_bright(&row[x * usize::from(bits) / 8..]),
        }
    }

    /// Whether a palette entry is not black. For an index without an entry, only index 0 counts as black.
    fn is_bright(&self, index: u8) -> bool {
        self.0
            .chunks_exact(4)
            .nth(index.into())
            .map_or(index != 0, is_bright)
    }
}

fn is_bright(bgr: &[u8]) -> bool {
    bgr[..3].iter().any(|c| *c != 0)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn malformed(what: &'static str, offset: u64) -> Error {
    Error::Malformed {
        format: "BMP",
        what,
        offset,
    }
}

/// Reverses the order of the rows.
fn reverse_rows(pixels: &mut [u8], width: usize) {
    let mut rows = pixels.chunks_exact_mut(width);
    while let (Some(upper), Some(lower)) = (rows.next(), rows.next_back()) {
        upper.swap_with_slice(lower);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Mask, Error> {
        read_bitmap(&mut &*bytes, &mut RunBudget::default())
    }

    fn bmp(width: i32, height: i32, bits: u16, palette: &[u8], rows: &[u8]) -> Vec<u8> {
        let mut bytes = b"BM".to_vec();
        bytes.extend([0; 8]);
        bytes.extend((54 + palette.len() as u32).to_le_bytes());
        bytes.extend(40_u32.to_le_bytes());
        bytes.extend(width.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes.extend(1_u16.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend([0; 24]);
        bytes.extend(palette);
        bytes.extend(rows);
        bytes
    }

    fn pixels(bytes: &[u8]) -> Vec<u8> {
        read(bytes).unwrap().to_pixels()
    }

    #[test]
    fn pixels_of_every_depth_are_read() {
        // Two rows of three pixels, the lower row first.
        let rows = [0, 1, 2, 0, 2, 0, 0, 0];
        let palette = [0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0];
        assert_eq!(pixels(&bmp(3, 2, 8, &palette, &rows)), [0, 0, 0, 0, 1, 0]);
        assert_eq!(pixels(&bmp(3, 2, 8, &[], &rows)), [1, 0, 0, 0, 1, 1]);
        assert_eq!(pixels(&bmp(3, -2, 8, &[], &rows)), [0, 1, 1, 1, 0, 0]);
        let three_rows = [1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0];
        assert_eq!(pixels(&bmp(2, 3, 8, &[], &three_rows)), [1, 1, 0, 1, 1, 0]);
        let black_white = [0, 0, 0, 0, 255, 255, 255, 0];
        assert_eq!(
            pixels(&bmp(3, 1, 1, &black_white, &[0b1010_0000, 0, 0, 0])),
            [1, 0, 1]
        );
        assert_eq!(
            pixels(&bmp(2, 1, 24, &[], &[0, 0, 0, 0, 9, 0, 0, 0])),
            [0, 1]
        );
        assert_eq!(
            pixels(&bmp(2, 1, 32, &[], &[0, 0, 1, 0, 0, 0, 0, 255])),
            [1, 0]
        );
    }

    fn error_message(bytes: &[u8]) -> String {
        read(bytes).unwrap_err().to_string()
    }

    #[test]
    fn damaged_and_unsupported_images_are_errors() {
        let good = bmp(3, 2, 8, &[], &[0; 8]);
        for end in 0..good.len() {
            assert!(error_message(&good[..end]).contains("truncated"), "{end}");
        }
        assert!(error_message(&[0; 60]).contains("BM"));
        assert!(error_message(&bmp(3, 2, 4, &[], &[0; 8])).contains("4 bits"));
        assert!(error_message(&bmp(-3, 2, 8, &[], &[0; 8])).contains("not possible"));
        assert!(error_message(&bmp(3, i32::MIN, 8, &[], &[0; 8])).contains("not possible"));
    }

    #[test]
    fn sizes_are_bounded() {
        let side = 1 << 14;
        let error = read(&bmp(side, side + 1, 1, &[], &[]))
            .unwrap_err()
            .to_string();
        assert_eq!(error, "too many pixels in a mask: the limit is 268435456");
        assert!(
            read(&bmp(side, side, 1, &[], &[]))
                .unwrap_err()
                .to_string()
                .contains("truncated")
        );
        let two_runs = bmp(3, 1, 8, &[], &[1, 0, 1, 0]);
        let error = read_bitmap(&mut &two_runs[..], &mut RunBudget::new(1)).unwrap_err();
        assert!(matches!(error, Error::TooLarge { limit: 1, .. }), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_mask_or_an_error(
            changes in prop::collection::vec((0_usize..70, any::<u8>()), 0..6),
            end in 0_usize..100,
        ) {
            let mut bytes = bmp(3, 2, 8, &[0, 0, 0, 0, 255, 255, 255, 0], &[0, 1, 2, 0, 2, 0, 0, 0]);
            for (place, byte) in changes {
                // Flips single bits and sets whole bytes.
                bytes[place] = if byte < 32 { bytes[place] ^ (1 << (byte % 8)) } else { byte };
            }
            bytes.truncate(end);
            if let Ok(mask) = read(&bytes) {
                prop_assert_eq!(mask.to_pixels().len(), mask.width() * mask.height());
            }
        }
    }
}
