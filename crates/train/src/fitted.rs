use crate::{Ended, EpochLoss};

/// A fitted network and how it came about.
#[derive(Debug, Clone)]
pub struct Fitted<M> {
    /// The network, its weights chosen by [`Keep`](crate::Keep).
    pub model: M,
    /// The losses of every epoch, those before it was resumed among them.
    pub epochs: Vec<EpochLoss>,
    /// The first epoch with the lowest loss.
    pub best_epoch: u64,
    /// Why it ended.
    pub ended: Ended,
    /// The epochs that were taken from a checkpoint; none where there was no checkpoint.
    pub resumed_from: Option<u64>,
}
