use serde::{Deserialize, Serialize};

use crate::Patience;

/// The losses of one epoch.
///
/// ```
/// use oddframe_train::EpochLoss;
/// let loss = EpochLoss { epoch: 3, train: 0.02, validation: Some(0.05) };
/// assert_eq!(loss.monitored_loss(), 0.05);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochLoss {
    /// The pass over the examples, from 1.
    pub epoch: u64,
    /// The mean loss over the training examples, each measured just before the step that trains on it.
    pub train: f64,
    /// The mean loss over the validation examples, measured after the epoch; none without validation examples.
    pub validation: Option<f64>,
}

/// Why a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// All epochs are done.
    AllEpochs,
    /// Early stopping: the loss did not improve for as many epochs as [`Patience`] allows.
    NoImprovement,
}

impl EpochLoss {
    /// The loss that decides about early stopping and about the best epoch: validation, or training without it.
    pub fn monitored_loss(&self) -> f64 {
        self.validation.unwrap_or(self.train)
    }
}

/// The epoch with the lowest loss; the first of several.
pub(crate) fn find_best_epoch(epochs: &[EpochLoss]) -> Option<&EpochLoss> {
    epochs
        .iter()
        // `min_by` returns the first of several equal values: the earliest epoch wins.
        .min_by(|a, b| a.monitored_loss().total_cmp(&b.monitored_loss()))
}

/// Whether the last epoch is the best so far.
pub(crate) fn is_last_epoch_best(epochs: &[EpochLoss]) -> bool {
    find_best_epoch(epochs).map(|best| best.epoch) == epochs.last().map(|last| last.epoch)
}

/// Whether early stopping ends the training after these epochs.
///
/// Computed from the whole history each time, so that a resumed training needs no counter of its own.
pub(crate) fn is_patience_exhausted(epochs: &[EpochLoss], patience: Option<Patience>) -> bool {
    let Some(Patience {
        epochs: allowed,
        delta,
    }) = patience
    else {
        return false;
    };
    // The reference moves only at an improvement: several small decreases count together once they exceed `delta`.
    let (mut reference, mut idle_epochs) = (f64::INFINITY, 0);
    // For example with delta 0.1 and a patience of 2:
    //   loss        1.0   0.95  0.85  0.84  0.83
    //   reference   1.0   1.0   0.85  0.85  0.85
    //   idle        0     1     0     1     2      stop
    for loss in epochs.iter().map(EpochLoss::monitored_loss) {
        if loss < reference - delta {
            (reference, idle_epochs) = (loss, 0);
        } else {
            idle_epochs += 1;
        }
    }
    idle_epochs >= allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Epochs with these validation losses; the training losses go the other way.
    fn validation_losses(values: &[f64]) -> Vec<EpochLoss> {
        (1..)
            .zip(values)
            .map(|(epoch, value)| EpochLoss {
                epoch,
                train: 9.0 - value,
                validation: Some(*value),
            })
            .collect()
    }

    fn is_exhausted(losses: &[f64], epochs: u64, delta: f64) -> bool {
        is_patience_exhausted(&validation_losses(losses), Some(Patience { epochs, delta }))
    }

    #[test]
    fn the_best_epoch_is_the_first_with_the_lowest_validation_loss() {
        let epochs = validation_losses(&[3.0, 1.0, 2.0, 1.0]);
        assert_eq!(find_best_epoch(&epochs).map(|best| best.epoch), Some(2));
        assert!(is_last_epoch_best(&epochs[..2]) && !is_last_epoch_best(&epochs));
        assert_eq!(find_best_epoch(&[]), None);
        let without = EpochLoss {
            epoch: 1,
            train: 0.5,
            validation: None,
        };
        assert_eq!(without.monitored_loss(), 0.5);
    }

    #[test]
    fn patience_counts_epochs_that_do_not_improve_by_more_than_delta() {
        let falling = [1.0, 0.9, 0.8, 0.7];
        assert!(!is_exhausted(&falling, 1, 0.0));
        // A single decrease of 0.1 is no improvement, but 0.2 in two epochs is.
        assert!(is_exhausted(&falling, 1, 0.15));
        assert!(!is_exhausted(&falling, 2, 0.15));
        let level = [1.0, 1.0, 1.0];
        assert!(is_exhausted(&level, 2, 0.0) && !is_exhausted(&level, 3, 0.0));
        // An improvement starts the count again.
        let late = [1.0, 1.0, 0.5, 0.6];
        assert!(is_exhausted(&late, 1, 0.0) && !is_exhausted(&late, 2, 0.0));
        assert!(
            !is_exhausted(&[], 1, 0.0) && !is_patience_exhausted(&validation_losses(&level), None)
        );
    }
}
