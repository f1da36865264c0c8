//! Converts rows of brightness and colour differences (YCbCr) to RGB, with the fixed-point rounding
//! of libjpeg:
//!
//! ```text
//! R = Y                + 1.402 Cr
//! G = Y - 0.34414 Cb   - 0.71414 Cr
//! B = Y + 1.772 Cb
//! ```

/// Fractional bits of the factors.
const BITS: u32 = 16;
const HALF: i32 = 1 << (BITS - 1);

/// A factor in fixed point.
const fn to_fixed_point(factor: f64) -> i32 {
    (factor * (1 << BITS) as f64 + 0.5) as i32
}

// The factors without a whole part, which `convert_pixel` adds separately. The rest fits 16 bits,
// which makes the products cheap in SIMD registers.
const RED: i32 = to_fixed_point(1.402) - (1 << BITS);
const BLUE: i32 = to_fixed_point(1.772) - (2 << BITS);
const GREEN_OF_BLUE: i32 = -to_fixed_point(0.344_14);
const GREEN_OF_RED: i32 = (1 << BITS) - to_fixed_point(0.714_14);

/// Pixels that are converted before they are interleaved. Each of the two loops is vectorised by
/// the compiler; a single loop that does both is not.
const STRIP: usize = 128;

/// Converts a row of brightness and colour differences to RGB.
#[inline(always)]
pub(super) fn ycc_to_rgb(y: &[u8], blue: &[u8], red: &[u8], rgb: &mut [u8]) {
    let (mut r, mut g, mut b) = ([0; STRIP], [0; STRIP], [0; STRIP]);
    let strips = y
        .chunks(STRIP)
        .zip(blue.chunks(STRIP))
        .zip(red.chunks(STRIP));
    for (rgb, ((y, blue), red)) in rgb.chunks_mut(3 * STRIP).zip(strips) {
        let samples = y.iter().zip(blue).zip(red);
        for (((r, g), b), ((y, blue), red)) in r.iter_mut().zip(&mut g).zip(&mut b).zip(samples) {
            [*r, *g, *b] = convert_pixel(*y, *blue, *red);
        }
        interleave_rgb(&r, &g, &b, rgb);
    }
}

#[inline(always)]
fn convert_pixel(y: u8, blue: u8, red: u8) -> [u8; 3] {
    let (y, blue, red) = (i32::from(y), i32::from(blue) - 128, i32::from(red) - 128);
    [
        y + red + ((red * RED + HALF) >> BITS),
        y - red + ((blue * GREEN_OF_BLUE + red * GREEN_OF_RED + HALF) >> BITS),
        y + 2 * blue + ((blue * BLUE + HALF) >> BITS),
    ]
    .map(|sample| sample.clamp(0, 255) as u8)
}

/// Interleaves rows of red, green and blue.
#[inline(always)]
pub(super) fn interleave_rgb(red: &[u8], green: &[u8], blue: &[u8], rgb: &mut [u8]) {
    let samples = red.iter().zip(green).zip(blue);
    for (pixel, ((red, green), blue)) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(samples) {
        *pixel = [*red, *green, *blue];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_equals_the_sum_of_libjpegs_rounded_tables() {
        let table = |factor: f64, x: i32, bias: i32| to_fixed_point(factor) * x + bias;
        for blue in 0..=255_u8 {
            for red in 0..=255_u8 {
                for y in [0, 1, 100, 127, 128, 254, 255_u8] {
                    let (b, r) = (i32::from(blue) - 128, i32::from(red) - 128);
                    let green = (-table(0.344_14, b, 0) - table(0.714_14, r, 0) + HALF) >> BITS;
                    let added = [
                        table(1.402, r, HALF) >> BITS,
                        green,
                        table(1.772, b, HALF) >> BITS,
                    ];
                    let expected = added.map(|a| (i32::from(y) + a).clamp(0, 255) as u8);
                    assert_eq!(convert_pixel(y, blue, red), expected, "{y} {blue} {red}");
                }
            }
        }
    }
}
