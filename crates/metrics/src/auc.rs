use crate::error::Error;
use crate::group::{Group, Totals};
use crate::ranking::Ranking;

/// Area under the ROC curve: the probability that an abnormal frame scores above a normal one, ties counting
/// one half.
///
/// ```
/// let auc = oddframe_metrics::roc_auc(&[true, false, true, false], &[0.9, 0.5, 0.5, 0.1])?;
/// assert_eq!(auc, 0.875);
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`].
pub fn roc_auc(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    Ok(Ranking::new(labels, scores)?.roc_auc())
}

impl Ranking {
    /// Area under the ROC curve, ties counting one half: see [`roc_auc`].
    pub fn roc_auc(&self) -> f64 {
        roc_area(self.groups(), self.totals())
    }
}

/// The area under the ROC curve by the Mann-Whitney statistic.
pub(crate) fn roc_area(groups: impl Iterator<Item = Group>, totals: Totals) -> f64 {
    // Twice the number of correctly ordered pairs, a tied pair counting once: integers, so nothing is
    // rounded.
    let (mut doubled, mut above) = (0_u128, 0);
    for group in groups {
        doubled += u128::from(group.negatives) * u128::from(2 * above + group.positives);
        above += group.positives;
    }
    doubled as f64 / (2 * u128::from(totals.positives) * u128::from(totals.negatives)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auc_of(labels: &[u8], scores: &[f64]) -> f64 {
        roc_auc(&labels.iter().map(|l| *l == 1).collect::<Vec<_>>(), scores).unwrap()
    }

    #[test]
    fn ties_count_one_half() {
        assert_eq!(auc_of(&[1, 0, 1, 0], &[0.9, 0.5, 0.5, 0.1]), 0.875);
        assert_eq!(auc_of(&[0, 1, 0, 0, 1, 0], &[0.5; 6]), 0.5);
        assert_eq!(auc_of(&[0, 1], &[0.0, -0.0]), 0.5);
        assert_eq!(auc_of(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8]), 0.75);
        assert_eq!(auc_of(&[0, 0, 1, 1, 1], &[0.9, 0.8, 0.1, 0.2, 0.3]), 0.0);
        let scores = [
            -2.0, -1.0, 0.0, -0.0, 3.0, 3.0, -1.0, 7.0, 7.0, 7.0, 1.0, 1.0,
        ];
        assert_eq!(
            auc_of(&[0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0], &scores),
            22.5 / 35.0
        );
    }

    #[test]
    fn scores_that_differ_in_their_last_bit_are_not_tied() {
        let above = 1.0_f64.next_up();
        assert_eq!(roc_auc(&[true, false], &[above, 1.0]).unwrap(), 1.0);
    }
}
