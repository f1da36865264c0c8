use crate::group::{Called, cumulate};
use crate::{Error, Ranking};

/// A point of the ROC curve: what calling `score >= threshold` abnormal does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocPoint {
    /// The threshold; infinite where nothing is called abnormal.
    pub threshold: f64,
    /// Share of the normal frames that are called abnormal.
    pub fpr: f64,
    /// Share of the abnormal frames that are called abnormal.
    pub tpr: f64,
}

/// A point of the precision-recall curve: what calling `score >= threshold` abnormal does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrPoint {
    /// The threshold; infinite where nothing is called abnormal.
    pub threshold: f64,
    /// Share of the frames called abnormal that are.
    pub precision: f64,
    /// Share of the abnormal frames that are called abnormal.
    pub recall: f64,
}

/// The ROC curve, from (0, 0) at an infinite threshold to (1, 1), with a point for each distinct score.
///
/// This is scikit-learn's `roc_curve` with `drop_intermediate=False`; [`Ranking::roc_corners`] is its
/// default, without the points along straight lines.
///
/// # Errors
/// As [`Ranking::new`].
pub fn roc_curve(labels: &[bool], scores: &[f64]) -> Result<Vec<RocPoint>, Error> {
    Ok(Ranking::new(labels, scores)?.roc_curve())
}

/// The precision-recall curve by rising thresholds, with a point for each distinct score and precision 1 at
/// recall 0 at its end, as scikit-learn's `precision_recall_curve`.
///
/// # Errors
/// As [`Ranking::new`].
pub fn pr_curve(labels: &[bool], scores: &[f64]) -> Result<Vec<PrPoint>, Error> {
    Ok(Ranking::new(labels, scores)?.pr_curve())
}

impl Ranking {
    /// The ROC curve with a point for each distinct score: see [`roc_curve`].
    pub fn roc_curve(&self) -> Vec<RocPoint> {
        let start = RocPoint { threshold: f64::INFINITY, fpr: 0.0, tpr: 0.0 };
        std::iter::once(start).chain(cumulate(self.groups()).map(|c| self.roc_point(c))).collect()
    }

    /// The ROC curve without inner points: those whose step from the point before equals the step to the next
    /// one, in frames of both classes. It is scikit-learn's `roc_curve` as called by default
    /// (`drop_intermediate=True`) and has the same area.
    pub fn roc_corners(&self) -> Vec<RocPoint> {
        let mut points = vec![RocPoint { threshold: f64::INFINITY, fpr: 0.0, tpr: 0.0 }];
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
        let start = PrPoint { threshold: f64::INFINITY, precision: 1.0, recall: 0.0 };
        let point = |called: Called| PrPoint {
            threshold: called.threshold,
            precision: called.true_positives as f64 / (called.true_positives + called.false_positives) as f64,
            recall: called.true_positives as f64 / self.positives() as f64,
        };
        let mut points: Vec<_> = std::iter::once(start).chain(cumulate(self.groups()).map(point)).collect();
        points.reverse();
        points
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
    let step =
        |a: Called, b: Called| (b.true_positives - a.true_positives, b.false_positives - a.false_positives);
    step(before, here) != step(here, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [bool; 12] =
        [false, true, false, true, true, false, false, true, false, true, false, false];
    const SCORES: [f64; 12] = [-2.0, -1.0, 0.0, 0.0, 3.0, 3.0, -1.0, 7.0, 7.0, 7.0, 1.0, 1.0];

    // Values of scikit-learn 1.9.1.
    #[test]
    fn roc_points() {
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
        assert_eq!(points.iter().map(|p| (p.threshold, p.fpr, p.tpr)).collect::<Vec<_>>(), expected);
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
        assert_eq!(thresholds, [f64::INFINITY, 0.81, 0.73, 0.72, 0.59, 0.33, 0.05, 0.04]);
        // One distinct score: its point is the first and the last, and comes once.
        assert_eq!(Ranking::new(&[true, false], &[0.5; 2]).unwrap().roc_corners().len(), 2);
    }

    #[test]
    fn precision_recall_points() {
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
        assert_eq!(points.iter().map(|p| (p.threshold, p.precision, p.recall)).collect::<Vec<_>>(), expected);
    }
}
