use crate::error::Error;
use crate::group::{Called, Group, Totals, cumulate};
use crate::ranking::Ranking;

/// The quality of a threshold: frames with `score >= threshold` are called abnormal.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AtThreshold {
    /// The threshold.
    pub threshold: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// The share of frames called abnormal that are abnormal; 0 if none is called.
    pub precision: f64,
    /// The share of abnormal frames that are called abnormal.
    pub recall: f64,
    /// The share of normal frames that are called abnormal.
    pub fpr: f64,
}

/// The threshold with the highest F1. Of several the highest is taken, which calls the fewest frames.
///
/// The threshold is selected on the labels that it is measured on, so the F1 is optimistic.
/// [`train_quantile`] needs no labels.
///
/// ```
/// let best = oddframe_metrics::best_f1(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8])?;
/// assert_eq!((best.threshold, best.f1, best.recall), (0.35, 0.8, 1.0));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`].
pub fn best_f1(labels: &[bool], scores: &[f64]) -> Result<AtThreshold, Error> {
    Ok(Ranking::new(labels, scores)?.best_f1())
}

/// The quality of a given threshold.
///
/// # Errors
/// As [`Ranking::new`], or when the threshold is NaN.
pub fn f1_at(labels: &[bool], scores: &[f64], threshold: f64) -> Result<AtThreshold, Error> {
    Ranking::new(labels, scores)?.f1_at(threshold)
}

/// The lowest score that, used as threshold, calls at most this share of the normal frames abnormal.
///
/// The result is infinite if even the highest score calls more; then no frame may be called abnormal.
///
/// ```
/// let labels = [false, false, false, true];
/// let scores = [0.1, 0.2, 0.3, 0.9];
/// assert_eq!(oddframe_metrics::threshold_at_fpr(&labels, &scores, 0.5)?, 0.3);
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`], or when the target is not within [0, 1].
pub fn threshold_at_fpr(labels: &[bool], scores: &[f64], target: f64) -> Result<f64, Error> {
    Ranking::new(labels, scores)?.threshold_at_fpr(target)
}

/// The `q` quantile of the scores of normal training frames: a threshold that needs no labels. With `q` =
/// 0.99 one normal frame in a hundred is expected at or above it. The quantile is interpolated between two
/// scores, like numpy's.
///
/// ```
/// assert_eq!(oddframe_metrics::train_quantile(&[3.0, 1.0, 2.0, 10.0], 0.5)?, 2.5);
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// When there are no scores, one is not finite, or `q` is not within [0, 1].
pub fn train_quantile(scores: &[f64], q: f64) -> Result<f64, Error> {
    check_share("the quantile", q)?;
    if let Some(index) = scores.iter().position(|s| !s.is_finite()) {
        return Err(Error::NotFinite {
            index,
            value: scores[index],
        });
    }
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    interpolate_quantile(&sorted, q).ok_or(Error::Empty)
}

impl Ranking {
    /// The threshold of the highest F1: see [`best_f1`].
    pub fn best_f1(&self) -> AtThreshold {
        highest_f1(self.groups(), self.totals())
    }

    /// The quality of a given threshold: see [`f1_at`].
    ///
    /// # Errors
    /// When the threshold is NaN.
    pub fn f1_at(&self, threshold: f64) -> Result<AtThreshold, Error> {
        if threshold.is_nan() {
            return Err(Error::OutOfRange {
                name: "the threshold",
                value: threshold,
                range: "a number",
            });
        }
        // The last group at or above the threshold has all called frames behind it.
        let called = cumulate(self.groups())
            .take_while(|c| c.threshold >= threshold)
            .last();
        let none_called = Called {
            threshold,
            true_positives: 0,
            false_positives: 0,
        };
        Ok(rates_at(
            Called {
                threshold,
                ..called.unwrap_or(none_called)
            },
            self.totals(),
        ))
    }

    /// The lowest threshold within a false positive rate: see [`threshold_at_fpr`].
    ///
    /// # Errors
    /// When the target is not within [0, 1].
    pub fn threshold_at_fpr(&self, target: f64) -> Result<f64, Error> {
        check_share("the false positive rate", target)?;
        let negatives = self.negatives() as f64;
        let lowest = cumulate(self.groups())
            .take_while(|c| c.false_positives as f64 / negatives <= target)
            .last();
        Ok(lowest.map_or(f64::INFINITY, |c| c.threshold))
    }
}

pub(crate) fn highest_f1(groups: impl Iterator<Item = Group>, totals: Totals) -> AtThreshold {
    let mut best = Called {
        threshold: f64::INFINITY,
        true_positives: 0,
        false_positives: 0,
    };
    for called in cumulate(groups) {
        if has_higher_f1(called, best, totals) {
            best = called;
        }
    }
    rates_at(best, totals)
}

/// Whether the F1 at `a` is higher than at `b`.
///
/// F1 is 2·hits / (called + positives). The fractions are compared by cross-multiplying integers, so nothing
/// is rounded.
fn has_higher_f1(a: Called, b: Called, totals: Totals) -> bool {
    let denominator_a = a.true_positives + a.false_positives + totals.positives;
    let denominator_b = b.true_positives + b.false_positives + totals.positives;
    u128::from(a.true_positives) * u128::from(denominator_b)
        > u128::from(b.true_positives) * u128::from(denominator_a)
}

fn rates_at(called: Called, totals: Totals) -> AtThreshold {
    let hits = called.true_positives as f64;
    let alarms = (called.true_positives + called.false_positives) as f64;
    AtThreshold {
        threshold: called.threshold,
        f1: 2.0 * hits / (alarms + totals.positives as f64),
        precision: if alarms > 0.0 { hits / alarms } else { 0.0 },
        recall: hits / totals.positives as f64,
        fpr: called.false_positives as f64 / totals.negatives as f64,
    }
}

/// The interpolated quantile of rising values; `None` if there are none.
pub(crate) fn interpolate_quantile(sorted: &[f64], q: f64) -> Option<f64> {
    // The quantile lies at a fractional index between two order statistics.
    let place = q * (sorted.len().checked_sub(1)?) as f64;
    let low = *sorted.get(place.floor() as usize)?;
    let high = *sorted.get(place.ceil() as usize)?;
    let (t, step) = (place.fract(), high - low);
    Some(match step.is_finite() {
        // numpy interpolates from the nearer end; equal scores stay exact this way.
        true if t < 0.5 => low + step * t,
        true => high - step * (1.0 - t),
        // The difference of two finite scores may overflow; their weighted sum does not.
        false => low * (1.0 - t) + high * t,
    })
}

fn check_share(name: &'static str, value: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::OutOfRange {
        name,
        value,
        range: "from 0 to 1",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(labels: &[u8]) -> Vec<bool> {
        labels.iter().map(|l| *l == 1).collect()
    }

    #[test]
    fn the_best_f1_has_the_highest_threshold() {
        let best = best_f1(&labels(&[0, 0, 1, 1]), &[0.1, 0.4, 0.35, 0.8]).unwrap();
        let expected = AtThreshold {
            threshold: 0.35,
            f1: 0.8,
            precision: 2.0 / 3.0,
            recall: 1.0,
            fpr: 0.5,
        };
        assert_eq!(best, expected);
        assert_eq!(
            f1_at(&labels(&[0, 0, 1, 1]), &[0.1, 0.4, 0.35, 0.8], 0.35).unwrap(),
            best
        );
        // 0.33 and 0.04 both reach two thirds.
        let scores = [0.59, 0.35, 0.72, 0.33, 0.73, 0.81, 0.30, 0.05, 0.04, 0.48];
        let best = best_f1(&labels(&[0, 1, 1, 1, 0, 0, 0, 0, 1, 1]), &scores).unwrap();
        assert_eq!((best.threshold, best.f1), (0.33, 2.0 / 3.0));
    }

    fn quality_at(t: f64) -> AtThreshold {
        f1_at(&labels(&[0, 1, 0]), &[0.25, 0.75, 0.5], t).unwrap()
    }

    #[test]
    fn a_score_equal_to_the_threshold_is_called_abnormal() {
        assert_eq!(quality_at(0.75).recall, 1.0);
        assert_eq!(quality_at(0.75_f64.next_up()).recall, 0.0);
        assert_eq!(
            (
                quality_at(0.5).fpr,
                quality_at(0.4).fpr,
                quality_at(0.25).fpr
            ),
            (0.5, 0.5, 1.0)
        );
        assert_eq!(
            (
                quality_at(f64::INFINITY).precision,
                quality_at(f64::INFINITY).f1
            ),
            (0.0, 0.0)
        );
        assert_eq!(quality_at(f64::NEG_INFINITY).precision, 1.0 / 3.0);
        assert!(f1_at(&[true, false], &[0.0, 1.0], f64::NAN).is_err());
    }

    #[test]
    fn thresholds_stay_within_the_false_positive_rate() {
        let l = labels(&[0, 0, 0, 0, 1, 1]);
        let scores = [0.1, 0.2, 0.3, 0.9, 0.25, 0.95];
        let at = |target| threshold_at_fpr(&l, &scores, target).unwrap();
        assert_eq!(
            (at(0.0), at(0.25), at(0.49), at(0.5), at(1.0)),
            (0.95, 0.9, 0.9, 0.25, 0.1)
        );
        assert_eq!(
            threshold_at_fpr(&[true, false], &[0.5, 0.5], 0.9).unwrap(),
            f64::INFINITY
        );
        assert!(threshold_at_fpr(&l, &scores, 1.5).is_err());
        assert!(threshold_at_fpr(&l, &scores, f64::NAN).is_err());
    }

    fn quantile_at(q: f64) -> f64 {
        train_quantile(&[3.0, 1.0, 2.0, 10.0], q).unwrap()
    }

    #[test]
    fn quantiles_equal_numpy() {
        // numpy.quantile([3, 1, 2, 10], [0, .25, .5, .9, 1])
        assert_eq!(
            (
                quantile_at(0.0),
                quantile_at(0.25),
                quantile_at(0.5),
                quantile_at(1.0)
            ),
            (1.0, 1.75, 2.5, 10.0)
        );
        assert!((quantile_at(0.9) - 7.9).abs() < 1e-12);
        assert_eq!(train_quantile(&[f64::MIN, f64::MAX], 0.5).unwrap(), 0.0);
        // Rounding must not lift the threshold above the scores, because then no score would reach it.
        assert_eq!(train_quantile(&[0.9; 7], 0.95).unwrap(), 0.9);
        assert_eq!(train_quantile(&vec![0.9; 2550], 0.995).unwrap(), 0.9);
        assert!(matches!(train_quantile(&[], 0.5), Err(Error::Empty)));
        assert!(matches!(
            train_quantile(&[0.0, f64::NAN], 0.5),
            Err(Error::NotFinite { index: 1, .. })
        ));
        assert!(matches!(
            train_quantile(&[0.0], 1.1),
            Err(Error::OutOfRange { .. })
        ));
    }
}
