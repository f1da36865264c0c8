//! How single samples of pixels are converted: the same for image files and video files.

/// The brightness of a colour, `0.299 R + 0.587 G + 0.114 B`, with Pillow's fixed-point factors and rounding.
///
/// ```
/// assert_eq!(oddframe_core::luma([255, 0, 0]), 76);
/// ```
#[inline]
pub const fn luma([red, green, blue]: [u8; 3]) -> u8 {
    // The factors in units of 1/65,536, and a half of that unit for rounding. They sum to 65,536: white stays white.
    ((19_595 * red as u32 + 38_470 * green as u32 + 7_471 * blue as u32 + 0x8000) >> 16) as u8
}

/// Rounds a 16-bit sample to 8 bits: `x / 257` to the nearest integer.
///
/// ```
/// assert_eq!([0, 128, 129, 65_535].map(oddframe_core::round_to_8_bits), [0, 0, 1, 255]);
/// ```
#[inline]
pub const fn round_to_8_bits(sample: u16) -> u8 {
    // 255 / 65,536 is a little more than 1 / 257. The offset makes the result exact for every sample, without a division.
    ((sample as u32 * 255 + 32_895) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luma_equals_pillows_conversion_to_l() {
        // Image.new("RGB", (1, 1), c).convert("L") of Pillow.
        let golden = [
            ([255, 255, 255], 255),
            ([0, 0, 0], 0),
            ([255, 0, 0], 76),
            ([0, 255, 0], 150),
            ([0, 0, 255], 29),
            ([1, 2, 3], 2),
            ([200, 100, 50], 124),
            ([17, 129, 254], 110),
            ([3, 1, 0], 1),
        ];
        for (color, gray) in golden {
            assert_eq!(luma(color), gray, "{color:?}");
        }
    }

    #[test]
    fn sixteen_bits_are_rounded_to_the_nearest_eight() {
        for sample in 0..=u16::MAX {
            assert_eq!(
                round_to_8_bits(sample),
                (f64::from(sample) / 257.0).round() as u8,
                "{sample}"
            );
        }
    }
}
