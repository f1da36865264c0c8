/// The frames that share one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// The score they share; called abnormal when the threshold is at or below it.
    pub threshold: f64,
    /// How many of them are abnormal.
    pub positives: u64,
    /// How many of them are normal.
    pub negatives: u64,
}

/// How many frames of each class there are, both at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) positives: u64,
    pub(crate) negatives: u64,
}

/// What is called abnormal at a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Called {
    pub(crate) threshold: f64,
    pub(crate) true_positives: u64,
    pub(crate) false_positives: u64,
}

/// Adds groups up, from the highest score down.
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
