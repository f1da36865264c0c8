use crate::group::{Group, Totals};
use crate::{auc, eer, precision, threshold};

/// A ranking metric, where it is a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    pub(crate) fn of(self, groups: impl Iterator<Item = Group>, totals: Totals) -> f64 {
        match self {
            Self::RocAuc => auc::area(groups, totals),
            Self::AveragePrecision => precision::steps(groups, totals),
            Self::PrAuc => precision::trapezoids(groups, totals),
            Self::Eer => eer::crossing(groups, totals),
            Self::BestF1 => threshold::highest_f1(groups, totals).f1,
        }
    }
}
