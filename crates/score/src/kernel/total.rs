use super::{Kernel, LANES, Source};

/// Blocks whose values are added up in `f32` before they go to the `f64` total: few enough that the rounding
/// stays below a millionth.
const BLOCKS: usize = 16;

/// Lanes of the `f64` total: few enough to stay in registers beside the sums in `f32`.
const WIDE_LANES: usize = 8;

/// The sum of all values.
pub(crate) struct Total;

impl Kernel for Total {
    type Output = f64;

    #[inline(always)]
    fn run<S: Source>(self, source: S) -> f64 {
        let sum = total(source, BLOCKS);
        // Values near the end of `f32` overflow when two of them meet there, so they go to `f64` one by one.
        if sum.is_finite() { sum } else { total(source, 1) }
    }
}

#[inline(always)]
fn total<S: Source>(source: S, blocks: usize) -> f64 {
    let whole = source.len() - source.len() % LANES;
    let mut total = [0.0_f64; WIDE_LANES];
    let mut at = 0;
    while at < whole {
        let end = whole.min(at + blocks * LANES);
        let mut sums = source.block(at);
        at += LANES;
        while at < end {
            let block = source.block(at);
            for lane in 0..LANES {
                sums[lane] += block[lane];
            }
            at += LANES;
        }
        for part in sums.as_chunks::<WIDE_LANES>().0 {
            for lane in 0..WIDE_LANES {
                total[lane] += f64::from(part[lane]);
            }
        }
    }
    let rest: f64 = (whole..source.len()).map(|i| f64::from(source.value(i))).sum();
    total.iter().sum::<f64>() + rest
}
