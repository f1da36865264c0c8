use std::sync::Arc;

use crate::sum::mean;
use crate::{Outcome, Signature, Transform, rescale};

pub(crate) static SIGNATURE: Signature =
    Signature { name: "robust_z", smooths: false, parameters: &[], build: |_| Ok(Arc::new(RobustZ)) };

/// What makes the median absolute deviation of normal data its standard deviation.
const MEDIAN_TO_SIGMA: f64 = 1.4826;
/// What makes the mean absolute deviation of normal data its standard deviation: √(π / 2).
const MEAN_TO_SIGMA: f64 = 1.253_314_137_315_500_3;

/// (x − median) / (1.4826 · MAD), where MAD is the median distance from the median.
///
/// Its text form is `robust_z`.
///
/// Where more than half of the scores are equal the MAD is 0 although the others differ; 1.2533 times the mean
/// distance takes its place then (Iglewicz and Hoaglin, 1993). A constant series becomes 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RobustZ;

impl Transform for RobustZ {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn values(&self) -> Vec<f64> {
        vec![]
    }

    fn transform(&self, series: &mut [f64]) -> Outcome {
        let centre = median(&mut series.to_vec());
        let mut distances: Vec<f64> = series.iter().map(|v| (v - centre).abs()).collect();
        let mut scale = median(&mut distances) * MEDIAN_TO_SIGMA;
        if scale == 0.0 {
            distances.sort_unstable_by(f64::total_cmp);
            scale = mean(&distances) * MEAN_TO_SIGMA;
        }
        rescale::rescale(series, centre, scale)
    }
}

/// The middle value, or the mean of the two in the middle; 0 of nothing.
fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
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
    fn values_of_numpy_to_the_bit() {
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
        // Mean distance from the median 1: 4 / 1.2533.
        let scores = run(RobustZ, &[1.0, 1.0, 5.0, 1.0]);
        assert_eq!(scores, [0.0, 0.0, 4.0 / MEAN_TO_SIGMA, 0.0]);
    }

    #[test]
    fn constants_become_zero_and_say_so() {
        let mut series = [0.1; 7];
        assert_eq!(RobustZ.transform(&mut series), Outcome::Constant);
        assert_eq!(series, [0.0; 7]);
        assert_eq!(median(&mut []), 0.0);
    }
}
