use serde::{Deserialize, Serialize};

use crate::Patience;

/// The losses of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochLoss {
    /// The pass over the examples, from 1.
    pub epoch: u64,
    /// Mean loss over the training examples, each measured before the step it led to.
    pub train: f64,
    /// Mean loss over the validation examples, measured after the epoch, where there are any.
    pub validation: Option<f64>,
}

/// Why fitting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All epochs were done.
    AllEpochs,
    /// The loss did not improve for as long as the patience lasts.
    NoImprovement,
}

impl EpochLoss {
    /// The loss that early stopping and the choice of the best epoch go by.
    pub fn watched(&self) -> f64 {
        self.validation.unwrap_or(self.train)
    }
}

/// The first of the epochs with the lowest loss.
pub(crate) fn best(epochs: &[EpochLoss]) -> Option<&EpochLoss> {
    epochs.iter().min_by(|a, b| a.watched().total_cmp(&b.watched()))
}

/// Whether the patience is at an end.
pub(crate) fn exhausted(epochs: &[EpochLoss], patience: Option<Patience>) -> bool {
    let Some(Patience { epochs: allowed, delta }) = patience else { return false };
    let (mut improved, mut idle) = (f64::INFINITY, 0);
    for loss in epochs.iter().map(EpochLoss::watched) {
        if loss < improved - delta {
            (improved, idle) = (loss, 0);
        } else {
            idle += 1;
        }
    }
    idle >= allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(values: &[f64]) -> Vec<EpochLoss> {
        let loss = |(at, value): (usize, &f64)| EpochLoss {
            epoch: at as u64 + 1,
            train: 9.0 - *value,
            validation: Some(*value),
        };
        values.iter().enumerate().map(loss).collect()
    }

    #[test]
    fn the_best_is_the_first_of_the_lowest_validation_losses() {
        assert_eq!(best(&losses(&[3.0, 1.0, 2.0, 1.0])).map(|best| best.epoch), Some(2));
        assert_eq!(best(&[]), None);
        let without = EpochLoss { epoch: 1, train: 0.5, validation: None };
        assert_eq!(without.watched(), 0.5);
    }

    #[test]
    fn patience_counts_epochs_that_are_not_better_by_more_than_delta() {
        let patience = |epochs, delta| Some(Patience { epochs, delta });
        let falling = losses(&[1.0, 0.9, 0.8, 0.7]);
        assert!(!exhausted(&falling, patience(1, 0.0)));
        // Steps of 0.1 do not count one by one, but 0.2 in two steps does.
        assert!(exhausted(&falling, patience(1, 0.15)));
        assert!(!exhausted(&falling, patience(2, 0.15)));
        let level = losses(&[1.0, 1.0, 1.0]);
        assert!(exhausted(&level, patience(2, 0.0)) && !exhausted(&level, patience(3, 0.0)));
        // An improvement starts the count again.
        let late = losses(&[1.0, 1.0, 0.5, 0.6]);
        assert!(exhausted(&late, patience(1, 0.0)) && !exhausted(&late, patience(2, 0.0)));
        assert!(!exhausted(&level, None) && !exhausted(&[], patience(1, 0.0)));
    }
}
