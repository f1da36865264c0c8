use crate::error::Error;
use crate::group::{Group, Totals, cumulate};
use crate::ranking::Ranking;

/// Equal error rate: the false positive rate at which the linearly interpolated ROC curve has an equal miss
/// rate.
///
/// ```
/// let rate = oddframe_metrics::eer(&[true, false, true, false], &[0.9, 0.5, 0.5, 0.1])?;
/// assert_eq!(rate, 0.25);
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`].
pub fn eer(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    Ok(Ranking::new(labels, scores)?.eer())
}

/// The false positive rate of the point of [`Ranking::roc_corners`] with the smallest `|fpr + tpr - 1|`.
///
/// Papers often report this value. It depends on the points that a library drops from the curve; [`eer`] does
/// not.
///
/// # Errors
/// As [`Ranking::new`].
pub fn eer_nearest(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    Ok(Ranking::new(labels, scores)?.eer_nearest())
}

impl Ranking {
    /// Equal error rate on the interpolated ROC curve: see [`eer`].
    pub fn eer(&self) -> f64 {
        equal_error_rate(self.groups(), self.totals())
    }

    /// Equal error rate at the nearest point of the ROC curve: see [`eer_nearest`].
    pub fn eer_nearest(&self) -> f64 {
        // Rounding decides near ties, so the arithmetic and the choice of the first minimum follow numpy.
        // `<` keeps the first of equal distances, as numpy's `argmin` does.
        let (mut rate, mut smallest) = (0.0, f64::INFINITY);
        for point in self.roc_corners() {
            let distance = (point.fpr + point.tpr - 1.0).abs();
            if distance < smallest {
                (rate, smallest) = (point.fpr, distance);
            }
        }
        rate
    }
}

pub(crate) fn equal_error_rate(groups: impl Iterator<Item = Group>, totals: Totals) -> f64 {
    let (positives, negatives) = (i128::from(totals.positives), i128::from(totals.negatives));
    // The false positive rate minus the miss rate, times both totals: an integer that rises from -goal to
    // goal. The curve crosses equality between the last negative and the first non-negative value.
    let goal = positives * negatives;
    let (mut false_alarms, mut difference) = (0, -goal);
    for called in cumulate(groups) {
        let next = i128::from(called.false_positives) * positives
            + i128::from(called.true_positives) * negatives
            - goal;
        if next >= 0 {
            let fraction = -difference as f64 / (next - difference) as f64;
            let step = (called.false_positives - false_alarms) as f64;
            // Interpolates the false positive count where the difference crosses 0.
            return (false_alarms as f64 + fraction * step) / totals.negatives as f64;
        }
        (false_alarms, difference) = (called.false_positives, next);
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(labels: &[u8], scores: &[f64]) -> (f64, f64) {
        let labels: Vec<_> = labels.iter().map(|l| *l == 1).collect();
        (
            eer(&labels, scores).unwrap(),
            eer_nearest(&labels, scores).unwrap(),
        )
    }

    fn check_both(labels: &[u8], scores: &[f64], crossing: f64, nearest: f64) {
        let (found, at_point) = both(labels, scores);
        assert!((found - crossing).abs() < 1e-12, "{found} {crossing}");
        assert_eq!(at_point, nearest);
    }

    // Nearest by numpy and scikit-learn 1.9.1, interpolated by scipy's root finder.
    #[test]
    fn values_equal_scipy_and_numpy() {
        check_both(
            &[0, 0, 1, 1, 0, 1],
            &[0.1, 0.4, 0.35, 0.8, 0.5, 0.7],
            1.0 / 3.0,
            2.0 / 3.0,
        );
        check_both(&[1, 0, 1, 0], &[0.9, 0.5, 0.5, 0.1], 0.25, 0.0);
        check_both(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], 0.5, 0.5);
        let scores = [0.59, 0.35, 0.72, 0.33, 0.73, 0.81, 0.30, 0.05, 0.04, 0.48];
        check_both(&[0, 1, 1, 1, 0, 0, 0, 0, 1, 1], &scores, 0.6, 0.6);
        check_both(&[0, 1, 0, 0, 1, 0], &[0.5; 6], 0.5, 0.0);
        let scores = [
            -2.0, -1.0, 0.0, 0.0, 3.0, 3.0, -1.0, 7.0, 7.0, 7.0, 1.0, 1.0,
        ];
        check_both(
            &[0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0],
            &scores,
            0.4,
            0.285_714_285_714_285_7,
        );
    }

    #[test]
    fn perfect_and_inverted_rankings_are_0_and_1() {
        assert_eq!(both(&[0, 0, 1], &[0.1, 0.2, 0.3]), (0.0, 0.0));
        assert_eq!(both(&[1, 0, 0], &[0.1, 0.2, 0.3]), (1.0, 1.0));
    }
}
