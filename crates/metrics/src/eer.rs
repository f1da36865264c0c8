use crate::group::{Group, Totals, cumulate};
use crate::{Error, Ranking};

/// Equal error rate: where the ROC curve, its points joined by straight lines, has as many false alarms as
/// misses.
///
/// # Errors
/// As [`Ranking::new`].
pub fn eer(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    Ok(Ranking::new(labels, scores)?.eer())
}

/// The false positive rate of the point of [`Ranking::roc_corners`] where `|fpr + tpr - 1|` is smallest.
///
/// Papers often give this number, which depends on the points that a library drops; [`eer`] does not.
///
/// # Errors
/// As [`Ranking::new`].
pub fn eer_nearest(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    Ok(Ranking::new(labels, scores)?.eer_nearest())
}

impl Ranking {
    /// Equal error rate on the interpolated ROC curve: see [`eer`].
    pub fn eer(&self) -> f64 {
        crossing(self.groups(), self.totals())
    }

    /// Equal error rate at the nearest point of the ROC curve: see [`eer_nearest`].
    pub fn eer_nearest(&self) -> f64 {
        // The arithmetic and the choice of the first minimum are numpy's, since rounding decides near ties.
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

pub(crate) fn crossing(groups: impl Iterator<Item = Group>, totals: Totals) -> f64 {
    let (positives, negatives) = (i128::from(totals.positives), i128::from(totals.negatives));
    // False positive rate minus miss rate, times both totals: rises from -goal to goal.
    let goal = positives * negatives;
    let (mut false_alarms, mut difference) = (0, -goal);
    for called in cumulate(groups) {
        let next = i128::from(called.false_positives) * positives
            + i128::from(called.true_positives) * negatives
            - goal;
        if next >= 0 {
            let way = -difference as f64 / (next - difference) as f64;
            let step = (called.false_positives - false_alarms) as f64;
            return (false_alarms as f64 + way * step) / totals.negatives as f64;
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
        (eer(&labels, scores).unwrap(), eer_nearest(&labels, scores).unwrap())
    }

    // Nearest by numpy and scikit-learn 1.9.1, interpolated by scipy's root finder.
    #[test]
    fn as_scipy_and_numpy() {
        let expect = |labels: &[u8], scores: &[f64], crossing: f64, nearest: f64| {
            let (found, at_point) = both(labels, scores);
            assert!((found - crossing).abs() < 1e-12, "{found} {crossing}");
            assert_eq!(at_point, nearest);
        };
        expect(&[0, 0, 1, 1, 0, 1], &[0.1, 0.4, 0.35, 0.8, 0.5, 0.7], 1.0 / 3.0, 2.0 / 3.0);
        expect(&[1, 0, 1, 0], &[0.9, 0.5, 0.5, 0.1], 0.25, 0.0);
        expect(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], 0.5, 0.5);
        let scores = [0.59, 0.35, 0.72, 0.33, 0.73, 0.81, 0.30, 0.05, 0.04, 0.48];
        expect(&[0, 1, 1, 1, 0, 0, 0, 0, 1, 1], &scores, 0.6, 0.6);
        expect(&[0, 1, 0, 0, 1, 0], &[0.5; 6], 0.5, 0.0);
        let scores = [-2.0, -1.0, 0.0, 0.0, 3.0, 3.0, -1.0, 7.0, 7.0, 7.0, 1.0, 1.0];
        expect(&[0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0], &scores, 0.4, 0.285_714_285_714_285_7);
    }

    #[test]
    fn the_ends_of_the_scale() {
        assert_eq!(both(&[0, 0, 1], &[0.1, 0.2, 0.3]), (0.0, 0.0));
        assert_eq!(both(&[1, 0, 0], &[0.1, 0.2, 0.3]), (1.0, 1.0));
    }
}
