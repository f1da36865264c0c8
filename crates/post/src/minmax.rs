use std::sync::Arc;

use crate::rescale::{min_max, rescale_series};
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "minmax",
    smooths: false,
    parameters: &[],
    build: |_| Ok(Arc::new(MinMax)),
};

/// Min-max normalisation: (x − min) / (max − min). The text form is `minmax`.
///
/// A constant series becomes 0.
///
/// ```
/// use oddframe_post::{MinMax, Step};
///
/// let mut scores = [2.0, 4.0, 3.0];
/// Step::over_all(MinMax)?.apply_to_series(&mut scores)?;
/// assert_eq!(scores, [0.0, 1.0, 0.5]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MinMax;

impl Transform for MinMax {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let (low, high) = min_max(series);
        rescale_series(series, low, high - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    #[test]
    fn values_equal_numpy_to_the_bit() {
        let expected = [
            0.478_260_869_565_217_46,
            0.304_347_826_086_956_54,
            0.565_217_391_304_347_9,
            0.304_347_826_086_956_54,
            0.652_173_913_043_478_3,
            1.0,
            0.391_304_347_826_087,
            0.739_130_434_782_608_8,
            0.652_173_913_043_478_3,
            0.478_260_869_565_217_46,
            0.826_086_956_521_739_1,
            0.0,
        ];
        assert_eq!(run(MinMax, &SERIES), expected);
    }

    #[test]
    fn constant_series_become_zero_and_are_reported() {
        for constant in [&[0.1, 0.1, 0.1][..], &[-4.0], &[0.0, -0.0]] {
            let mut series = constant.to_vec();
            assert_eq!(MinMax.transform_series(&mut series), Outcome::Constant);
            assert!(series.iter().all(|v| *v == 0.0));
        }
    }

    #[test]
    fn a_range_that_overflows_gives_nan() {
        let mut series = [-1e308, 0.0, 1e308];
        assert_eq!(MinMax.transform_series(&mut series), Outcome::Done);
        assert!(series.iter().all(|v| v.is_nan()));
    }
}
