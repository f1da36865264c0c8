use crate::auc::roc_area;
use crate::eer::equal_error_rate;
use crate::group::{Group, Totals};
use crate::precision::{step_area, trapezoid_area};
use crate::threshold::highest_f1;

/// The choice of a ranking metric, for functions such as [`bootstrap`](crate::bootstrap).
///
/// ```
/// use oddframe_metrics::{BootstrapOptions, Metric, bootstrap};
///
/// let videos: [(&[bool], &[f64]); 2] = [(&[false, true], &[0.1, 0.9]), (&[true, false], &[0.8, 0.2])];
/// let interval = bootstrap(&videos, Metric::AveragePrecision, BootstrapOptions::default())?;
/// assert_eq!((interval.low, interval.high), (1.0, 1.0));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Metric {
    /// [`roc_auc`](crate::roc_auc).
    RocAuc,
    /// [`average_precision`](crate::average_precision).
    AveragePrecision,
    /// [`pr_auc`](crate::pr_auc).
    PrAuc,
    /// [`eer`](crate::eer).
    Eer,
    /// The F1 of [`best_f1`](crate::best_f1).
    BestF1,
}

impl Metric {
    /// The metric of groups from the highest score to the lowest.
    pub(crate) fn of_groups(self, groups: impl Iterator<Item = Group>, totals: Totals) -> f64 {
        match self {
            Self::RocAuc => roc_area(groups, totals),
            Self::AveragePrecision => step_area(groups, totals),
            Self::PrAuc => trapezoid_area(groups, totals),
            Self::Eer => equal_error_rate(groups, totals),
            Self::BestF1 => highest_f1(groups, totals).f1,
        }
    }
}
