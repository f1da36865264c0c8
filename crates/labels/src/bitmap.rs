use std::io::Read;

use oddframe_core::{FrameShape, Mask};

use crate::bytes::{read_exactly, skip};
use crate::masks::RunBudget;
use crate::{ByteOrder, Error, MAX_MAT_LEAF_BYTES};

/// The file's header and the oldest of the picture headers in use; later ones begin with the same fields.
const HEADERS_BYTES: u64 = 14 + 40;

/// Reads an uncompressed BMP picture of 1, 8, 24 or 32 bits a pixel as a mask: what is not black is set.
pub(crate) fn read_bitmap(input: &mut dyn Read, runs: &mut RunBudget) -> Result<Mask, Error> {
    let malformed = |what, offset| Error::Malformed { format: "BMP", what, offset };
    let mut head = Vec::new();
    read_exactly(input, HEADERS_BYTES, &mut head, "the BMP header")?;
    let u32_at = |at: usize| ByteOrder::Little.u32([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    if !head.starts_with(b"BM") {
        return Err(malformed("it does not begin with BM", 0));
    }
    let palette_at = 14 + u64::from(u32_at(14));
    let pixels_at = u64::from(u32_at(10));
    if palette_at < HEADERS_BYTES || pixels_at < palette_at {
        return Err(malformed("its header is too short", 10));
    }
    let (width, height) = (u32_at(18) as i32, u32_at(22) as i32);
    let (bits, compression) = (ByteOrder::Little.u16([head[28], head[29]]), u32_at(30));
    if !matches!(bits, 1 | 8 | 24 | 32) || compression != 0 {
        return Err(Error::BitmapKind { bits, compression });
    }
    // A negative height says that the top row comes first.
    let (width, rows) = (width.max(0) as usize, height.unsigned_abs() as usize);
    if !(1..=FrameShape::MAX_SIDE).contains(&width) || !(1..=FrameShape::MAX_SIDE).contains(&rows) {
        return Err(oddframe_core::Error::InvalidShape { width, height: rows }.into());
    }
    // A byte each, as in the masks of MATLAB files.
    if (width * rows) as u64 > MAX_MAT_LEAF_BYTES {
        return Err(Error::TooLarge { what: "pixels of a mask", limit: MAX_MAT_LEAF_BYTES });
    }
    let mut palette = Vec::new();
    let colours = if bits > 8 { 0 } else { (1_u64 << bits).min((pixels_at - palette_at) / 4) };
    skip(input, palette_at - HEADERS_BYTES, "the BMP header")?;
    read_exactly(input, 4 * colours, &mut palette, "the palette")?;
    skip(input, pixels_at - palette_at - 4 * colours, "the palette")?;
    let bright = |bgr: &[u8]| bgr[..3].iter().any(|c| *c != 0);
    // A colour that the palette lacks is told from black by its number.
    let colour = |index: u8| palette.chunks_exact(4).nth(index.into()).map_or(index != 0, bright);

    let row_bytes = (width * usize::from(bits)).div_ceil(32) * 4;
    let mut row = Vec::new();
    // Grows with the data, not to the size that the header claims.
    let mut pixels = Vec::new();
    for _ in 0..rows {
        read_exactly(input, row_bytes as u64, &mut row, "a row of pixels")?;
        let set = |x: usize| match bits {
            1 => colour(row[x / 8] >> (7 - x % 8) & 1),
            8 => colour(row[x]),
            bits => bright(&row[x * usize::from(bits) / 8..]),
        };
        pixels.extend((0..width).map(|x| u8::from(set(x))));
    }
    if height > 0 {
        flip(&mut pixels, width);
    }
    runs.mask(width, rows, &pixels)
}

/// Turns the order of the rows around.
fn flip(pixels: &mut [u8], width: usize) {
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
    fn pixels_of_every_depth() {
        // Two rows of three pixels, the lower row first.
        let rows = [0, 1, 2, 0, 2, 0, 0, 0];
        let palette = [0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0];
        assert_eq!(pixels(&bmp(3, 2, 8, &palette, &rows)), [0, 0, 0, 0, 1, 0]);
        assert_eq!(pixels(&bmp(3, 2, 8, &[], &rows)), [1, 0, 0, 0, 1, 1]);
        assert_eq!(pixels(&bmp(3, -2, 8, &[], &rows)), [0, 1, 1, 1, 0, 0]);
        let three_rows = [1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0];
        assert_eq!(pixels(&bmp(2, 3, 8, &[], &three_rows)), [1, 1, 0, 1, 1, 0]);
        let black_white = [0, 0, 0, 0, 255, 255, 255, 0];
        assert_eq!(pixels(&bmp(3, 1, 1, &black_white, &[0b1010_0000, 0, 0, 0])), [1, 0, 1]);
        assert_eq!(pixels(&bmp(2, 1, 24, &[], &[0, 0, 0, 0, 9, 0, 0, 0])), [0, 1]);
        assert_eq!(pixels(&bmp(2, 1, 32, &[], &[0, 0, 1, 0, 0, 0, 0, 255])), [1, 0]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        let good = bmp(3, 2, 8, &[], &[0; 8]);
        for end in 0..good.len() {
            assert!(message(&good[..end]).contains("cut off"), "{end}");
        }
        assert!(message(&[0; 60]).contains("BM"));
        assert!(message(&bmp(3, 2, 4, &[], &[0; 8])).contains("4 bits"));
        assert!(message(&bmp(-3, 2, 8, &[], &[0; 8])).contains("not possible"));
        assert!(message(&bmp(3, i32::MIN, 8, &[], &[0; 8])).contains("not possible"));
    }

    #[test]
    fn sizes_are_bounded() {
        let side = 1 << 14;
        let error = read(&bmp(side, side + 1, 1, &[], &[])).unwrap_err().to_string();
        assert_eq!(error, "pixels of a mask: more than the 268435456 that are accepted");
        assert!(read(&bmp(side, side, 1, &[], &[])).unwrap_err().to_string().contains("cut off"));
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
                // Both small steps and anything at all.
                bytes[place] = if byte < 32 { bytes[place] ^ (1 << (byte % 8)) } else { byte };
            }
            bytes.truncate(end);
            if let Ok(mask) = read(&bytes) {
                prop_assert_eq!(mask.to_pixels().len(), mask.width() * mask.height());
            }
        }
    }
}
