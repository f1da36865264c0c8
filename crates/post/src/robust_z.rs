use std::sync::Arc;

use crate::rescale::rescale_series;
use crate::sum::mean;
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "robust_z",
    smooths: false,
    parameters: &[],
    build: |_| Ok(Arc::new(RobustZ)),
};

/// The factor from the median absolute deviation of normally distributed data to its standard deviation.
const MEDIAN_TO_SIGMA: f64 = 1.4826;
/// The factor from the mean absolute deviation of normally distributed data to its standard deviation: √(π /
/// 2).
const MEAN_TO_SIGMA: f64 = 1.253_314_137_315_500_3;

/// The robust z-score: (x − median) / (1.4826 · MAD), where MAD is the median distance from the median.
///
/// The text form is `robust_z`. If more than half of the scores are equal, the MAD is 0 although the others
/// differ; then
/// 1.2533 times the mean distance is the divisor (Iglewicz and Hoaglin, 1993). A constant series becomes 0.
///
/// ```
/// use oddframe_post::{RobustZ, Step};
///
/// let mut scores = [1.0, 2.0, 3.0, 4.0, 100.0];
/// Step::over_all(RobustZ)?.apply_to_series(&mut scores)?;
/// assert!(scores[2] == 0.0 && (scores[4] - 97.0 / 1.4826).abs() < 1e-12);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RobustZ;

impl Transform for RobustZ {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        // The median reorders its slice, so it works on a copy.
        let centre = median(&mut series.to_vec());
        let mut distances: Vec<f64> = series.iter().map(|v| (v - centre).abs()).collect();
        let mut scale = median(&mut distances) * MEDIAN_TO_SIGMA;
        if scale == 0.0 {
            distances.sort_unstable_by(f64::total_cmp);
            scale = mean(&distances) * MEAN_TO_SIGMA;
        }
        rescale_series(series, centre, scale)
    }
}

/// The middle value, or the mean of the two middle values; 0 for an empty slice.
fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    // Selection places the upper middle value; the lower one is the largest before it.
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    match below.iter().copied().reduce(f64::max) {
        Some(lower) if even => f64::midpoint(lower, *upper),
        _ => *upper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    #[test]
    fn values_equal_numpy_to_the_bit() {
        let even = [
            -0.168_622_689_869_148_75,
            -0.843_113_449_345_743_8,
            0.168_622_689_869_148_94,
            -0.843_113_449_345_743_8,
            0.505_868_069_607_446_5,
            1.854_849_588_560_636_9,
            -0.505_868_069_607_446_2,
            0.843_113_449_345_744,
            0.505_868_069_607_446_5,
            -0.168_622_689_869_148_75,
            1.180_358_829_084_041_4,
            -2.023_472_278_429_785_4,
        ];
        assert_eq!(run(RobustZ, &SERIES), even);
        let odd = [
            -0.337_245_379_738_297_8,
            -1.011_736_139_214_893_4,
            0.0,
            -1.011_736_139_214_893_4,
            0.337_245_379_738_297_66,
            1.686_226_898_691_488_6,
            -0.674_490_759_476_595_4,
            0.674_490_759_476_595_3,
            0.337_245_379_738_297_66,
            -0.337_245_379_738_297_8,
            1.011_736_139_214_893,
        ];
        assert_eq!(run(RobustZ, &SERIES[..11]), odd);
    }

    #[test]
    fn many_equal_scores_do_not_hide_the_others() {
        // The median is 1 and the mean distance 1.
        let scores = run(RobustZ, &[1.0, 1.0, 5.0, 1.0]);
        assert_eq!(scores, [0.0, 0.0, 4.0 / MEAN_TO_SIGMA, 0.0]);
    }

    #[test]
    fn constant_series_become_zero_and_are_reported() {
        let mut series = [0.1; 7];
        assert_eq!(RobustZ.transform_series(&mut series), Outcome::Constant);
        assert_eq!(series, [0.0; 7]);
        assert_eq!(median(&mut []), 0.0);
    }
}
