/// The frames that share one score. [`Ranking::groups`](crate::Ranking::groups) iterates over them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// The shared score. The frames are called abnormal if the threshold is at or below it.
    pub threshold: f64,
    /// The number of abnormal frames.
    pub positives: u64,
    /// The number of normal frames.
    pub negatives: u64,
}

/// The number of frames of each class; both are at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) positives: u64,
    pub(crate) negatives: u64,
}

/// The frames called abnormal at a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Called {
    pub(crate) threshold: f64,
    pub(crate) true_positives: u64,
    pub(crate) false_positives: u64,
}

/// The running totals of groups from the highest score to the lowest.
pub(crate) fn cumulate(groups: impl Iterator<Item = Group>) -> impl Iterator<Item = Called> {
    groups.scan((0, 0), |(true_positives, false_positives), group| {
        *true_positives += group.positives;
        *false_positives += group.negatives;
        Some(Called {
            threshold: group.threshold,
            true_positives: *true_positives,
            false_positives: *false_positives,
        })
    })
}
