use std::sync::Arc;

use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "rank",
    smooths: false,
    parameters: &[],
    build: |_| Ok(Arc::new(Rank)),
};

/// The rank of each score divided by the number of scores: `scipy.stats.rankdata(x) / len(x)`. The text form
/// is `rank`.
///
/// Ranks start at 1, and equal scores share the mean of their ranks. The results are in (0, 1].
///
/// ```
/// use oddframe_post::{Rank, Step};
///
/// let mut scores = [0.3, 0.1, 0.3, 0.9];
/// Step::over_all(Rank)?.apply_to_series(&mut scores)?;
/// assert_eq!(scores, [0.625, 0.25, 0.625, 1.0]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Rank;

impl Transform for Rank {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let count = series.len() as f64;
        let mut sorted: Vec<(u64, usize)> = series.iter().map(|v| sort_key(*v)).zip(0..).collect();
        sorted.sort_unstable();
        // Tied scores occupy the ranks below + 1 to below + ties; each gets their mean. Twice the mean is an
        // integer, so the half is exact.
        let mut below = 0;
        for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
            let rank = (2 * below + ties.len() + 1) as f64 / 2.0;
            for (_, index) in ties {
                series[*index] = rank / count;
            }
            below += ties.len();
        }
        Outcome::Done
    }
}

/// An integer with the same order as the score; both zeros have the same key.
fn sort_key(score: f64) -> u64 {
    const SIGN: u64 = 1 << 63;
    // Adding 0.0 turns -0.0 into 0.0. Among negative floats a larger bit pattern is a smaller number, so
    // their bits are inverted.
    let bits = (score + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    #[test]
    fn values_equal_scipy_to_the_bit() {
        let expected = [
            0.458_333_333_333_333_3,
            0.208_333_333_333_333_34,
            0.583_333_333_333_333_4,
            0.208_333_333_333_333_34,
            0.708_333_333_333_333_4,
            1.0,
            0.333_333_333_333_333_3,
            0.833_333_333_333_333_4,
            0.708_333_333_333_333_4,
            0.458_333_333_333_333_3,
            0.916_666_666_666_666_6,
            0.083_333_333_333_333_33,
        ];
        assert_eq!(run(Rank, &SERIES), expected);
        assert_eq!(run(Rank, &[7.0]), [1.0]);
        assert_eq!(run(Rank, &[]), [0.0; 0]);
    }

    #[test]
    fn both_zeros_tie_and_extremes_are_ordered() {
        assert_eq!(
            run(Rank, &[0.0, -0.0, -1.0, 1.0]),
            [0.625, 0.625, 0.25, 1.0]
        );
        let rising = [
            f64::MIN,
            -1.0,
            -f64::MIN_POSITIVE,
            0.0,
            5e-324,
            2.0,
            f64::MAX,
        ];
        assert_eq!(
            run(Rank, &rising),
            [1., 2., 3., 4., 5., 6., 7.].map(|r| r / 7.0)
        );
        assert_eq!(run(Rank, &[2.0; 4]), [0.625; 4]);
    }
}
