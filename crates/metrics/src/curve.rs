use crate::error::Error;
use crate::group::{Called, cumulate};
use crate::ranking::Ranking;

/// A point of the ROC curve: the rates if frames with `score >= threshold` are called abnormal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocPoint {
    /// The threshold; infinite if no frame is called abnormal.
    pub threshold: f64,
    /// The share of normal frames that are called abnormal.
    pub fpr: f64,
    /// The share of abnormal frames that are called abnormal.
    pub tpr: f64,
}

/// A point of the precision-recall curve: the shares if frames with `score >= threshold` are called abnormal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrPoint {
    /// The threshold; infinite if no frame is called abnormal.
    pub threshold: f64,
    /// The share of frames called abnormal that are abnormal.
    pub precision: f64,
    /// The share of abnormal frames that are called abnormal.
    pub recall: f64,
}

/// The ROC curve from (0, 0) at an infinite threshold to (1, 1), with a point for each distinct score.
///
/// This is scikit-learn's `roc_curve` with `drop_intermediate=False`. [`Ranking::roc_corners`] is the default
/// of scikit-learn, which drops points on straight lines.
///
/// ```
/// let curve = oddframe_metrics::roc_curve(&[true, false, true, false], &[0.9, 0.5, 0.5, 0.1])?;
/// let points: Vec<_> = curve.iter().map(|p| (p.threshold, p.fpr, p.tpr)).collect();
/// assert_eq!(points, [(f64::INFINITY, 0.0, 0.0), (0.9, 0.0, 0.5), (0.5, 0.5, 1.0), (0.1, 1.0, 1.0)]);
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`].
pub fn roc_curve(labels: &[bool], scores: &[f64]) -> Result<Vec<RocPoint>, Error> {
    Ok(Ranking::new(labels, scores)?.roc_curve())
}

/// The precision-recall curve by rising thresholds, with a point for each distinct score and a last point of
/// precision 1 at recall 0, like scikit-learn's `precision_recall_curve`.
///
/// # Errors
/// As [`Ranking::new`].
pub fn pr_curve(labels: &[bool], scores: &[f64]) -> Result<Vec<PrPoint>, Error> {
    Ok(Ranking::new(labels, scores)?.pr_curve())
}

impl Ranking {
    /// The ROC curve with a point for each distinct score: see [`roc_curve`].
    pub fn roc_curve(&self) -> Vec<RocPoint> {
        let start = RocPoint {
            threshold: f64::INFINITY,
            fpr: 0.0,
            tpr: 0.0,
        };
        std::iter::once(start)
            .chain(cumulate(self.groups()).map(|c| self.roc_point(c)))
            .collect()
    }

    /// The ROC curve without inner points, whose step from the previous point equals the step to the next one
    /// in frames of both classes. This is scikit-learn's `roc_curve` with its default
    /// `drop_intermediate=True`. The area is the same.
    pub fn roc_corners(&self) -> Vec<RocPoint> {
        let mut points = vec![RocPoint {
            threshold: f64::INFINITY,
            fpr: 0.0,
            tpr: 0.0,
        }];
        // Three consecutive points decide whether the middle one is a corner.
        let (mut before, mut here): (Option<Called>, Option<Called>) = (None, None);
        for next in cumulate(self.groups()) {
            if let Some(here) = here
                && before.is_none_or(|before| is_corner(before, here, next))
            {
                points.push(self.roc_point(here));
            }
            (before, here) = (here, Some(next));
        }
        points.extend(here.map(|last| self.roc_point(last)));
        points
    }

    /// The precision-recall curve by rising thresholds: see [`pr_curve`].
    pub fn pr_curve(&self) -> Vec<PrPoint> {
        let start = PrPoint {
            threshold: f64::INFINITY,
            precision: 1.0,
            recall: 0.0,
        };
        let points = cumulate(self.groups()).map(|called| self.pr_point(called));
        let mut points: Vec<_> = std::iter::once(start).chain(points).collect();
        // Groups fall by threshold, scikit-learn lists the curve by rising thresholds.
        points.reverse();
        points
    }

    fn pr_point(&self, called: Called) -> PrPoint {
        PrPoint {
            threshold: called.threshold,
            precision: called.true_positives as f64
                / (called.true_positives + called.false_positives) as f64,
            recall: called.true_positives as f64 / self.positives() as f64,
        }
    }

    fn roc_point(&self, called: Called) -> RocPoint {
        RocPoint {
            threshold: called.threshold,
            fpr: called.false_positives as f64 / self.negatives() as f64,
            tpr: called.true_positives as f64 / self.positives() as f64,
        }
    }
}

fn is_corner(before: Called, here: Called, next: Called) -> bool {
    // Equal steps in whole frames, as scikit-learn compares them. Points on one line whose steps differ in
    // length stay.
    step_between(before, here) != step_between(here, next)
}

/// The frames of both classes that are called abnormal at `next` but not at `before`.
fn step_between(before: Called, next: Called) -> (u64, u64) {
    (
        next.true_positives - before.true_positives,
        next.false_positives - before.false_positives,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [bool; 12] = [
        false, true, false, true, true, false, false, true, false, true, false, false,
    ];
    const SCORES: [f64; 12] = [
        -2.0, -1.0, 0.0, 0.0, 3.0, 3.0, -1.0, 7.0, 7.0, 7.0, 1.0, 1.0,
    ];

    // Values of scikit-learn 1.9.1.
    #[test]
    fn roc_points_equal_scikit_learn() {
        let points = roc_curve(&LABELS, &SCORES).unwrap();
        let expected = [
            (f64::INFINITY, 0.0, 0.0),
            (7.0, 0.142_857_142_857_142_85, 0.4),
            (3.0, 0.285_714_285_714_285_7, 0.6),
            (1.0, 0.571_428_571_428_571_4, 0.6),
            (0.0, 0.714_285_714_285_714_3, 0.8),
            (-1.0, 0.857_142_857_142_857_1, 1.0),
            (-2.0, 1.0, 1.0),
        ];
        assert_eq!(
            points
                .iter()
                .map(|p| (p.threshold, p.fpr, p.tpr))
                .collect::<Vec<_>>(),
            expected
        );
        let corners = Ranking::new(&LABELS, &SCORES).unwrap().roc_corners();
        assert_eq!(
            corners.iter().map(|p| p.threshold).collect::<Vec<_>>(),
            [f64::INFINITY, 7.0, 3.0, 1.0, -1.0, -2.0]
        );
        assert!(corners.iter().all(|p| points.contains(p)));
        let scores = [0.59, 0.35, 0.72, 0.33, 0.73, 0.81, 0.30, 0.05, 0.04, 0.48];
        let labels = [0, 1, 1, 1, 0, 0, 0, 0, 1, 1].map(|l| l == 1);
        let corners = Ranking::new(&labels, &scores).unwrap().roc_corners();
        let thresholds: Vec<_> = corners.iter().map(|p| p.threshold).collect();
        assert_eq!(
            thresholds,
            [f64::INFINITY, 0.81, 0.73, 0.72, 0.59, 0.33, 0.05, 0.04]
        );
        // With one distinct score its point is both the first and the last, and occurs once.
        assert_eq!(
            Ranking::new(&[true, false], &[0.5; 2])
                .unwrap()
                .roc_corners()
                .len(),
            2
        );
    }

    #[test]
    fn precision_recall_points_equal_scikit_learn() {
        let points = pr_curve(&LABELS, &SCORES).unwrap();
        let expected = [
            (-2.0, 0.416_666_666_666_666_7, 1.0),
            (-1.0, 0.454_545_454_545_454_53, 1.0),
            (0.0, 0.444_444_444_444_444_4, 0.8),
            (1.0, 0.428_571_428_571_428_55, 0.6),
            (3.0, 0.6, 0.6),
            (7.0, 0.666_666_666_666_666_6, 0.4),
            (f64::INFINITY, 1.0, 0.0),
        ];
        assert_eq!(
            points
                .iter()
                .map(|p| (p.threshold, p.precision, p.recall))
                .collect::<Vec<_>>(),
            expected
        );
    }
}
