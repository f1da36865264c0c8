use crate::error::Error;
use crate::group::{Group, Totals, cumulate};
use crate::ranking::Ranking;

/// Average precision: the sum of the steps of recall, each times the precision after the step. Tied frames
/// are one step.
///
/// This is scikit-learn's `average_precision_score`. The trapezoidal area is [`pr_auc`].
///
/// ```
/// let ap = oddframe_metrics::average_precision(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8])?;
/// assert!((ap - 5.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`].
pub fn average_precision(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    Ok(Ranking::new(labels, scores)?.average_precision())
}

/// Area under the precision-recall curve by trapezoids, from precision 1 at recall 0.
///
/// Linear interpolation between points of this curve is optimistic; [`average_precision`] is the usual
/// metric.
///
/// # Errors
/// As [`Ranking::new`].
pub fn pr_auc(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    Ok(Ranking::new(labels, scores)?.pr_auc())
}

impl Ranking {
    /// Average precision: see [`average_precision`].
    pub fn average_precision(&self) -> f64 {
        step_area(self.groups(), self.totals())
    }

    /// Area under the precision-recall curve by trapezoids: see [`pr_auc`].
    pub fn pr_auc(&self) -> f64 {
        trapezoid_area(self.groups(), self.totals())
    }
}

pub(crate) fn step_area(groups: impl Iterator<Item = Group>, totals: Totals) -> f64 {
    sum_steps(groups, totals, |_, precision| precision)
}

pub(crate) fn trapezoid_area(groups: impl Iterator<Item = Group>, totals: Totals) -> f64 {
    sum_steps(groups, totals, |before, precision| {
        0.5 * (before + precision)
    })
}

/// Sums the steps of recall, each times a height computed from the precision before and after the step.
fn sum_steps(
    groups: impl Iterator<Item = Group>,
    totals: Totals,
    height: impl Fn(f64, f64) -> f64,
) -> f64 {
    let (mut sum, mut before, mut found) = (0.0, 1.0, 0);
    for called in cumulate(groups) {
        // A group of ties is one step: precision is measured after all its frames.
        let precision =
            called.true_positives as f64 / (called.true_positives + called.false_positives) as f64;
        sum += (called.true_positives - found) as f64 * height(before, precision);
        (before, found) = (precision, called.true_positives);
    }
    sum / totals.positives as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-15, "{a} {b}");
    }

    fn both(labels: &[u8], scores: &[f64]) -> (f64, f64) {
        let labels: Vec<_> = labels.iter().map(|l| *l == 1).collect();
        (
            average_precision(&labels, scores).unwrap(),
            pr_auc(&labels, scores).unwrap(),
        )
    }

    #[test]
    fn as_scikit_learn() {
        let (ap, area) = both(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8]);
        close(ap, 5.0 / 6.0);
        close(area, 0.791_666_666_666_666_6);
        let scores = [0.59, 0.35, 0.72, 0.33, 0.73, 0.81, 0.30, 0.05, 0.04, 0.48];
        let (ap, area) = both(&[0, 1, 1, 1, 0, 0, 0, 0, 1, 1], &scores);
        close(ap, 0.460_952_380_952_380_95);
        close(area, 0.389_920_634_920_634_9);
    }

    #[test]
    fn ties_are_taken_together() {
        assert_eq!(both(&[0, 1, 0, 0, 1, 0], &[0.5; 6]), (1.0 / 3.0, 2.0 / 3.0));
        assert_eq!(
            both(&[1, 0, 1, 0], &[0.9, 0.5, 0.5, 0.1]).0,
            0.5 + 0.5 * (2.0 / 3.0)
        );
        let scores = [
            -2.0, -1.0, 0.0, -0.0, 3.0, 3.0, -1.0, 7.0, 7.0, 7.0, 1.0, 1.0,
        ];
        let (ap, area) = both(&[0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0], &scores);
        close(ap, 0.566_464_646_464_646_3);
        close(area, 0.637_200_577_200_577_1);
    }
}
