use std::sync::Arc;

use crate::rescale::{min_max, rescale_series};
use crate::sum::mean;
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "zscore",
    smooths: false,
    parameters: &[],
    build: |_| Ok(Arc::new(ZScore)),
};

/// The z-score: (x − mean) / standard deviation of the population, like `np.std`. The text form is `zscore`.
///
/// A constant series becomes 0.
///
/// ```
/// use oddframe_post::{Step, ZScore};
///
/// let mut scores = [1.0, 3.0];
/// Step::over_all(ZScore)?.apply_to_series(&mut scores)?;
/// assert_eq!(scores, [-1.0, 1.0]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ZScore;

impl Transform for ZScore {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let (low, high) = min_max(series);
        if low == high {
            // Rounding may give a constant series another mean, and thus a deviation above 0.
            return rescale_series(series, low, 0.0);
        }
        let centre = mean(series);
        // Two passes: the mean first, then the squares around it. One pass would cancel digits.
        let squares: Vec<f64> = series.iter().map(|v| (v - centre) * (v - centre)).collect();
        rescale_series(series, centre, mean(&squares).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    #[test]
    fn values_equal_numpy_to_the_bit() {
        let expected = [
            -0.211_730_128_560_173_45,
            -0.889_266_539_952_728_4,
            0.127_038_077_136_104_18,
            -0.889_266_539_952_728_4,
            0.465_806_282_832_381_7,
            1.820_879_105_617_492,
            -0.550_498_334_256_450_9,
            0.804_574_488_528_659_1,
            0.465_806_282_832_381_7,
            -0.211_730_128_560_173_45,
            1.143_342_694_224_936_5,
            -2.074_955_259_889_7,
        ];
        assert_eq!(run(ZScore, &SERIES), expected);
    }

    #[test]
    fn constant_series_become_zero_although_their_mean_is_rounded() {
        let mut series = [0.1; 7];
        assert_eq!(ZScore.transform_series(&mut series), Outcome::Constant);
        assert_eq!(series, [0.0; 7]);
    }

    #[test]
    fn a_deviation_that_overflows_gives_nan() {
        let mut series = [-1e200, 0.0, 1e200];
        assert_eq!(ZScore.transform_series(&mut series), Outcome::Done);
        assert!(series.iter().all(|v| v.is_nan()));
    }
}
