//! The squared error between two slices, and its gradient.

use crate::error::{Error, check_length};
use crate::partition::{PART_LEN, for_each_part};
use crate::simd::{Lanes, Simd, Step, Token, Vector, fold_columns, map_slices};

/// Independent sums, which hide the latency of an addition.
const SUMS: usize = if cfg!(miri) { 16 } else { 256 };

/// The sum of the squared differences between two slices.
///
/// At most 128 squares are added in `f32`; these sums are added in `f64`, so that rounding errors do not grow with the
/// number of values.
///
/// ```
/// let sum = oddframe_kernels::sum_squared_differences(&[1.0, 5.0], &[3.0, 2.0])?;
/// assert_eq!(sum, 4.0 + 9.0);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
///
/// # Errors
/// Slices of different lengths.
pub fn sum_squared_differences(a: &[f32], b: &[f32]) -> Result<f64, Error> {
    sum_squared_differences_with_simd(Simd::detect(), a, b)
}

pub(crate) fn sum_squared_differences_with_simd(
    simd: Simd,
    a: &[f32],
    b: &[f32],
) -> Result<f64, Error> {
    check_length("the other values", b.len(), a.len())?;
    // The parts' sums are added in their order, whichever thread finished first.
    let mut totals = vec![0.0; a.len().div_ceil(PART_LEN)];
    let parts = a.chunks(PART_LEN).zip(b.chunks(PART_LEN));
    for_each_part(parts.zip(&mut totals), |((a, b), total)| {
        let mut sums = [0.0; SUMS];
        fold_columns(simd, &AddSquare, SUMS, [a, b], [], [&mut sums]);
        *total = sums.iter().copied().map(f64::from).sum();
    });
    Ok(totals.iter().sum())
}

/// Writes `(a - b) * factor`: with a factor of `2 / len`, the gradient of the mean squared error with respect to `a`.
///
/// # Errors
/// Slices of different lengths.
pub fn scale_differences(
    a: &[f32],
    b: &[f32],
    factor: f32,
    scaled: &mut [f32],
) -> Result<(), Error> {
    scale_differences_with_simd(Simd::detect(), a, b, factor, scaled)
}

pub(crate) fn scale_differences_with_simd(
    simd: Simd,
    a: &[f32],
    b: &[f32],
    factor: f32,
    scaled: &mut [f32],
) -> Result<(), Error> {
    check_length("the other values", b.len(), a.len())?;
    check_length("the scaled differences", scaled.len(), a.len())?;
    let parts = a.chunks(PART_LEN).zip(b.chunks(PART_LEN));
    for_each_part(
        parts.zip(scaled.chunks_mut(PART_LEN)),
        |((a, b), scaled)| {
            map_slices(
                simd,
                &ScaleDifference(factor),
                a.len(),
                [a, b],
                [],
                [scaled],
            );
        },
    );
    Ok(())
}

struct AddSquare;

impl Step<2, 0, 1> for AddSquare {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        [a, b]: [Lanes<V>; 2],
        _: [Lanes<V>; 0],
        [sum]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        let difference = a - b;
        [difference.mul_add(difference, sum)]
    }
}

struct ScaleDifference(f32);

impl Step<2, 0, 1> for ScaleDifference {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [a, b]: [Lanes<V>; 2],
        _: [Lanes<V>; 0],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [(a - b) * token.splat(self.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set_threads;
    use crate::testing::{assert_length_error, noise, run_guarded};

    const LENGTHS: [usize; 6] = [0, 1, 15, SUMS + 17, 2 * PART_LEN, 3 * PART_LEN + 5];

    #[test]
    fn sums_and_differences_are_those_of_double_precision() {
        for len in LENGTHS {
            let (a, b) = (noise(len, 1), noise(len, 2));
            let differences: Vec<f64> = a
                .iter()
                .zip(&b)
                .map(|(a, b)| f64::from(*a) - f64::from(*b))
                .collect();
            let expected: f64 = differences
                .iter()
                .map(|difference| difference * difference)
                .sum();
            for &simd in Simd::available() {
                let sum = sum_squared_differences_with_simd(simd, &a, &b).unwrap();
                assert!(
                    (sum - expected).abs() <= 1e-6 * expected,
                    "{sum}, should be {expected}"
                );
                let (scaled, done) = run_guarded(&vec![f32::NAN; len], |scaled| {
                    scale_differences_with_simd(simd, &a, &b, 0.3, scaled)
                });
                done.unwrap();
                for (scaled, difference) in scaled.iter().zip(&differences) {
                    let expected = difference * f64::from(0.3_f32);
                    assert!(
                        (f64::from(*scaled) - expected).abs() <= 2e-7,
                        "{scaled}, should be {expected}"
                    );
                }
            }
        }
    }

    /// Summed in `f32` alone, this would be wrong by a part in a thousand.
    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn millions_of_values_keep_their_precision() {
        let values: Vec<f32> = noise(10_000_001, 5)
            .iter()
            .map(|x| 0.1 + 0.01 * x)
            .collect();
        let zeros = vec![0.0; values.len()];
        let expected: f64 = values.iter().map(|x| f64::from(*x).powi(2)).sum();
        for &simd in Simd::available() {
            let sum = sum_squared_differences_with_simd(simd, &values, &zeros).unwrap();
            assert!(
                (sum / expected - 1.0).abs() <= 1e-7,
                "{sum}, should be {expected}"
            );
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn the_sum_does_not_depend_on_the_number_of_threads() {
        let (a, b) = (noise(20 * PART_LEN + 3, 7), noise(20 * PART_LEN + 3, 8));
        let many = sum_squared_differences(&a, &b).unwrap();
        set_threads(1);
        let one = sum_squared_differences(&a, &b).unwrap();
        set_threads(usize::MAX);
        assert_eq!(many.to_bits(), one.to_bits());
    }

    #[test]
    fn slices_of_different_lengths_are_refused() {
        assert_length_error(sum_squared_differences(&[1.0], &[]), "the other values");
        assert_length_error(
            scale_differences(&[1.0], &[], 1.0, &mut [0.0]),
            "the other values",
        );
        assert_length_error(
            scale_differences(&[1.0], &[1.0], 1.0, &mut []),
            "the scaled differences",
        );
    }
}
