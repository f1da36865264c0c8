//! Sums over an error map.

use super::source::{Kernel, LANES, Source};

/// Blocks that are added in `f32` before their sum is added to the `f64` total. The rounding of so
/// few additions stays below a millionth of the sum.
const BLOCKS: usize = 16;

/// Lanes of the `f64` total, few enough to stay in registers together with the `f32` sums.
const WIDE_LANES: usize = 8;

/// The sum of all values.
pub(crate) struct Total;

impl Kernel for Total {
    type Output = f64;

    #[inline(always)]
    fn reduce<S: Source>(self, source: S) -> f64 {
        let sum = sum_blocks(source, BLOCKS);
        // Two values near the end of `f32`'s range overflow when they are added in `f32`. Then add
        // each value in `f64`.
        if sum.is_finite() {
            sum
        } else {
            sum_blocks(source, 1)
        }
    }
}

/// Adds `blocks` blocks at a time in `f32`, and their sums in `f64`.
#[inline(always)]
fn sum_blocks<S: Source>(source: S, blocks: usize) -> f64 {
    let whole = source.len() - source.len() % LANES;
    let mut total = [0.0_f64; WIDE_LANES];
    let mut at = 0;
    while at < whole {
        // A run of `blocks` blocks, or fewer at the end.
        let end = whole.min(at + blocks * LANES);
        let mut sums = source.load_block(at);
        at += LANES;
        while at < end {
            let block = source.load_block(at);
            for lane in 0..LANES {
                sums[lane] += block[lane];
            }
            at += LANES;
        }
        // Fold the 32 sums of this run of blocks into the lanes of the total.
        for part in sums.as_chunks::<WIDE_LANES>().0 {
            for lane in 0..WIDE_LANES {
                total[lane] += f64::from(part[lane]);
            }
        }
    }
    let rest: f64 = (whole..source.len())
        .map(|i| f64::from(source.value_at(i)))
        .sum();
    total.iter().sum::<f64>() + rest
}

/// The sum of the squares of all values.
///
/// In `f64` throughout: the square of a squared error leaves the range of `f32` at both ends.
pub(crate) struct SumOfSquares;

impl Kernel for SumOfSquares {
    type Output = f64;

    #[inline(always)]
    fn reduce<S: Source>(self, source: S) -> f64 {
        let whole = source.len() - source.len() % LANES;
        let mut total = [0.0_f64; LANES];
        let mut at = 0;
        while at < whole {
            let block = source.load_block(at);
            for lane in 0..LANES {
                total[lane] += f64::from(block[lane]) * f64::from(block[lane]);
            }
            at += LANES;
        }
        let rest: f64 = (whole..source.len())
            .map(|i| f64::from(source.value_at(i)).powi(2))
            .sum();
        total.iter().sum::<f64>() + rest
    }
}
