//! The inverse discrete cosine transform, with the rounding of libjpeg's accurate integer transform
//! ("islow").
//!
//! The transform of a block is separable: first each column, keeping two fractional bits, then each
//! row. libjpeg computes each one-dimensional transform by the scheme of Loeffler, Ligtenberg and
//! Moschytz, which saves multiplications. Here it is a product with an 8x8 matrix, which gives the
//! same integers and vectorises better.

use super::block::Block;

/// Fractional bits of the factors.
const FACTOR_BITS: u32 = 13;
/// Fractional bits that are kept between the columns and the rows.
const KEPT_BITS: u32 = 2;

/// A factor in fixed point.
const fn to_fixed_point(factor: f64) -> i32 {
    (factor * (1 << FACTOR_BITS) as f64 + 0.5) as i32
}

/// libjpeg's one-dimensional transform of eight coefficients; the samples have [`FACTOR_BITS`]
/// fractional bits.
const fn transform_1d(c: [i32; 8]) -> [i32; 8] {
    // The even coefficients: a butterfly of 0 and 4, and a rotation of 2 and 6.
    let (sum, difference) = ((c[0] + c[4]) << FACTOR_BITS, (c[0] - c[4]) << FACTOR_BITS);
    let turned = (c[2] + c[6]) * to_fixed_point(0.541_196_100);
    let (outer, inner) = (
        turned + c[2] * to_fixed_point(0.765_366_865),
        turned - c[6] * to_fixed_point(1.847_759_065),
    );
    let even = [
        sum + outer,
        difference + inner,
        difference - inner,
        sum - outer,
    ];

    // The odd coefficients: products that the four outputs share.
    let all = (c[1] + c[3] + c[5] + c[7]) * to_fixed_point(1.175_875_602);
    let a = (c[1] + c[7]) * to_fixed_point(0.899_976_223);
    let b = (c[3] + c[5]) * to_fixed_point(2.562_915_447);
    let d = all - (c[3] + c[7]) * to_fixed_point(1.961_570_560);
    let e = all - (c[1] + c[5]) * to_fixed_point(0.390_180_644);
    let odd = [
        c[1] * to_fixed_point(1.501_321_110) - a + e,
        c[3] * to_fixed_point(3.072_711_026) - b + d,
        c[5] * to_fixed_point(2.053_119_869) - b + e,
        c[7] * to_fixed_point(0.298_631_336) - a + d,
    ];
    // Mirrored samples differ in the sign of the odd part.
    [
        even[0] + odd[0],
        even[1] + odd[1],
        even[2] + odd[2],
        even[3] + odd[3],
        even[3] - odd[3],
        even[2] - odd[2],
        even[1] - odd[1],
        even[0] - odd[0],
    ]
}

/// The transform's matrix: the contribution of each coefficient to each sample.
///
/// libjpeg's scheme only adds and multiplies integers before it rounds. It is therefore linear, and
/// the product with this matrix equals it to the last bit. All entries fit 16 bits, which makes the
/// products cheap.
const BASIS: [[i16; 8]; 8] = {
    let mut basis = [[0; 8]; 8];
    let mut k = 0;
    while k < 8 {
        let mut one = [0; 8];
        one[k] = 1;
        let wave = transform_1d(one);
        let mut x = 0;
        while x < 8 {
            assert!(
                wave[x].unsigned_abs() < 1 << 15,
                "a factor of more than 16 bits"
            );
            basis[k][x] = wave[x] as i16;
            x += 1;
        }
        k += 1;
    }
    basis
};

/// Dequantizes and transforms a block, and writes its samples to rows `stride` apart.
///
/// `last` is the zigzag index of the last coefficient that may differ from zero. The products with
/// the zeros behind it are left out, which does not change the result.
#[inline(always)]
pub(super) fn write_samples(
    block: &Block,
    last: usize,
    factors: &Block,
    samples: &mut [u8],
    stride: usize,
) {
    match last {
        0 => write_flat(block[0].wrapping_mul(factors[0]), samples, stride),
        // The first ten coefficients in zigzag order lie in the 4x4 corner.
        1..=9 => write_corner::<4>(block, factors, samples, stride),
        _ => write_corner::<8>(block, factors, samples, stride),
    }
}

/// Writes a block that has a DC coefficient only: all samples are equal.
#[inline(always)]
fn write_flat(first: i16, samples: &mut [u8], stride: usize) {
    const SHIFT: u32 = KEPT_BITS + 3;
    let kept = (i32::from(first) << KEPT_BITS).clamp(i16::MIN.into(), i16::MAX.into());
    let sample = ((kept + (128 << SHIFT) + (1 << (SHIFT - 1))) >> SHIFT).clamp(0, 255) as u8;
    for y in 0..8 {
        if let Some(row) = row_mut(samples, y * stride) {
            *row = [sample; 8];
        }
    }
}

/// Writes a block whose coefficients lie in the first `N` rows and columns.
#[inline(always)]
fn write_corner<const N: usize>(block: &Block, factors: &Block, samples: &mut [u8], stride: usize) {
    const SHIFT: u32 = FACTOR_BITS + KEPT_BITS + 3;
    let kept = transform_columns::<N>(block, factors);
    let mut wide = [0; 64];
    for (row, kept) in wide
        .as_chunks_mut::<8>()
        .0
        .iter_mut()
        .zip(kept.as_chunks::<8>().0)
    {
        // Start from the level shift of 128 and one half, so that the shift below rounds to the
        // nearest.
        let mut sums = [(128_i32 << SHIFT) + (1 << (SHIFT - 1)); 8];
        for k in 0..N {
            for (sum, factor) in sums.iter_mut().zip(&BASIS[k]) {
                *sum = sum.wrapping_add(i32::from(*factor) * i32::from(kept[k]));
            }
        }
        // 14 bits remain of each 32-bit sum.
        *row = sums.map(|sum| (sum >> SHIFT) as i16);
    }
    let narrow = wide.map(|sample| sample.clamp(0, 255) as u8);
    for (y, narrow) in narrow.as_chunks::<8>().0.iter().enumerate() {
        if let Some(row) = row_mut(samples, y * stride) {
            *row = *narrow;
        }
    }
}

/// Transforms the columns, keeping [`KEPT_BITS`] fractional bits.
///
/// The loop over the columns is the outer one and is not unrolled: in this form compilers vectorise
/// it in eight lanes.
#[inline(always)]
fn transform_columns<const N: usize>(block: &Block, factors: &Block) -> Block {
    const SHIFT: u32 = FACTOR_BITS - KEPT_BITS;
    let mut kept = [0; 64];
    for column in 0..8 {
        // Mirrored samples differ in the sign of the odd coefficients' sum.
        let (mut even, mut odd) = ([1_i32 << (SHIFT - 1); 4], [0_i32; 4]);
        for k in 0..N {
            let value = i32::from(block[8 * k + column].wrapping_mul(factors[8 * k + column]));
            for (x, sum) in (if k % 2 == 0 { &mut even } else { &mut odd })
                .iter_mut()
                .enumerate()
            {
                *sum = sum.wrapping_add(value * i32::from(BASIS[k][x]));
            }
        }
        for x in 0..4 {
            kept[8 * x + column] = shift_to_i16::<SHIFT>(even[x].wrapping_add(odd[x]));
            kept[8 * (7 - x) + column] = shift_to_i16::<SHIFT>(even[x].wrapping_sub(odd[x]));
        }
    }
    kept
}

#[inline(always)]
fn shift_to_i16<const SHIFT: u32>(wide: i32) -> i16 {
    (wide >> SHIFT).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[inline(always)]
fn row_mut(samples: &mut [u8], start: usize) -> Option<&mut [u8; 8]> {
    samples.get_mut(start..)?.first_chunk_mut()
}

#[cfg(test)]
mod tests {
    use super::super::block::ZIGZAG;
    use super::*;

    /// The transform as libjpeg writes it: columns, then rows, nothing left out.
    fn reference_samples(block: &Block, factors: &Block) -> [u8; 64] {
        let mut kept = [0; 64];
        for x in 0..8 {
            let column = transform_1d(std::array::from_fn(|y| {
                i32::from(block[8 * y + x]) * i32::from(factors[8 * y + x])
            }));
            for y in 0..8 {
                kept[8 * y + x] = (column[y] + (1 << 10)) >> 11;
            }
        }
        let mut samples = [0; 64];
        for y in 0..8 {
            let row = transform_1d(std::array::from_fn(|x| kept[8 * y + x]));
            for x in 0..8 {
                samples[8 * y + x] = (((row[x] + (1 << 17)) >> 18) + 128).clamp(0, 255) as u8;
            }
        }
        samples
    }

    #[test]
    fn samples_equal_libjpegs_transform_for_every_number_of_zeros() {
        let mut random = oddframe_core::Random::new(3);
        for round in 0..4_000_usize {
            let last = round % 64;
            let mut block = [0; 64];
            block[0] = random.between(-250.0, 250.0) as i16;
            for at in &ZIGZAG[1..=last] {
                block[usize::from(*at)] = random.between(-40.0, 40.0) as i16;
            }
            let factors = std::array::from_fn(|_| random.between(1.0, 12.0) as i16);
            let mut samples = [7; 64 + 8 * 3];
            write_samples(&block, last, &factors, &mut samples, 11);
            let expected = reference_samples(&block, &factors);
            for y in 0..8 {
                assert_eq!(samples[11 * y..][..8], expected[8 * y..][..8], "{last} {y}");
                assert_eq!(samples[11 * y..][8..11], [7; 3]);
            }
        }
    }

    #[test]
    fn extreme_coefficients_do_not_panic() {
        for (value, factor) in [
            (i16::MIN, i16::MIN),
            (i16::MAX, 255),
            (-1, -1),
            (i16::MIN, 1),
            (i16::MAX, 1),
        ] {
            for last in [0, 9, 63] {
                write_samples(&[value; 64], last, &[factor; 64], &mut [0; 64], 8);
            }
        }
    }
}
