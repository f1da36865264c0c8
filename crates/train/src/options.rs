use serde::{Deserialize, Serialize};

use crate::Error;

/// The hyperparameters of a training.
///
/// ```
/// use oddframe_train::{FitOptions, Keep, Patience};
/// let options = FitOptions::new(25, 64, 2e-4)
///     .with_patience(Patience { epochs: 5, delta: 1e-5 })
///     .with_keep(Keep::Best)
///     .with_seed(1);
/// options.check()?;
/// # Ok::<(), oddframe_train::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FitOptions {
    pub(crate) epochs: u64,
    pub(crate) batch: usize,
    pub(crate) learning_rate: f64,
    pub(crate) weight_decay: f64,
    pub(crate) gradient_clip: Option<f64>,
    pub(crate) patience: Option<Patience>,
    pub(crate) keep: Keep,
    pub(crate) seed: u64,
}

/// When a training stops before its last epoch.
///
/// ```
/// use oddframe_train::{FitOptions, Patience};
/// // Stops after three epochs in a row that did not lower the loss by more than 0.0001.
/// let patience = Patience { epochs: 3, delta: 1e-4 };
/// assert!(FitOptions::new(100, 32, 1e-3).with_patience(patience).check().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Patience {
    /// The number of consecutive epochs without improvement after which the training stops.
    pub epochs: u64,
    /// An epoch is an improvement when its loss is lower than that of the last improvement by more than this.
    pub delta: f64,
}

/// Which weights the fitted network has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Keep {
    /// The weights after the last epoch.
    #[default]
    Last,
    /// The weights after the epoch with the lowest loss: the validation loss, or the training loss without validation.
    Best,
}

impl FitOptions {
    /// Adam with this learning rate, for `epochs` passes over the examples in batches of `batch` examples.
    ///
    /// By default there is no weight decay, no gradient clipping and no early stopping, the last weights are kept, and
    /// the seed is 0.
    pub const fn new(epochs: u64, batch: usize, learning_rate: f64) -> Self {
        Self {
            epochs,
            batch,
            learning_rate,
            weight_decay: 0.0,
            gradient_clip: None,
            patience: None,
            keep: Keep::Last,
            seed: 0,
        }
    }

    /// Adds this multiple of each weight to its gradient: an L2 penalty, as `weight_decay` of PyTorch's Adam.
    #[must_use]
    pub const fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self {
            weight_decay,
            ..self
        }
    }

    /// Scales the gradient of all parameters together down to this norm where it is longer, as PyTorch's
    /// `clip_grad_norm_`.
    #[must_use]
    pub const fn with_gradient_clip(self, norm: f64) -> Self {
        Self {
            gradient_clip: Some(norm),
            ..self
        }
    }

    /// Stops early when the loss no longer falls: the validation loss, or the training loss without validation.
    #[must_use]
    pub const fn with_patience(self, patience: Patience) -> Self {
        Self {
            patience: Some(patience),
            ..self
        }
    }

    /// Selects which weights the fitted network has.
    #[must_use]
    pub const fn with_keep(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    /// Sets the seed of everything random: weights not yet initialised, the order of the examples, dropout.
    #[must_use]
    pub const fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Checks that every option is in its range. [`Trainer::new`](crate::Trainer::new) calls it.
    ///
    /// # Errors
    /// [`Error::Option`] names the first option that is out of range, and the range.
    pub fn check(&self) -> Result<(), Error> {
        require_count("epochs", self.epochs)?;
        require_count("batch", self.batch as u64)?;
        require_positive("learning rate", self.learning_rate)?;
        require_not_negative("weight decay", self.weight_decay)?;
        if let Some(norm) = self.gradient_clip {
            require_positive("gradient clip", norm)?;
        }
        if let Some(Patience { epochs, delta }) = self.patience {
            require_count("patience", epochs)?;
            require_not_negative("patience's delta", delta)?;
        }
        Ok(())
    }
}

pub(crate) fn require_count(name: &'static str, value: u64) -> Result<(), Error> {
    require_range(name, value as f64, value > 0, "at least 1")
}

fn require_positive(name: &'static str, value: f64) -> Result<(), Error> {
    require_range(
        name,
        value,
        value > 0.0 && value.is_finite(),
        "above 0 and finite",
    )
}

fn require_not_negative(name: &'static str, value: f64) -> Result<(), Error> {
    require_range(
        name,
        value,
        value >= 0.0 && value.is_finite(),
        "at least 0 and finite",
    )
}

fn require_range(
    name: &'static str,
    value: f64,
    fits: bool,
    must: &'static str,
) -> Result<(), Error> {
    if fits {
        Ok(())
    } else {
        Err(Error::Option { name, value, must })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_checked_and_named() {
        let fine = FitOptions::new(1, 1, 1e-3);
        fine.check().unwrap();
        let wrong = [
            (FitOptions::new(0, 1, 1e-3), "epochs"),
            (FitOptions::new(1, 0, 1e-3), "batch"),
            (FitOptions::new(1, 1, 0.0), "learning rate"),
            (FitOptions::new(1, 1, f64::NAN), "learning rate"),
            (fine.with_weight_decay(-1.0), "weight decay"),
            (fine.with_gradient_clip(0.0), "gradient clip"),
            (fine.with_gradient_clip(f64::INFINITY), "gradient clip"),
            (
                fine.with_patience(Patience {
                    epochs: 0,
                    delta: 0.0,
                }),
                "patience",
            ),
            (
                fine.with_patience(Patience {
                    epochs: 1,
                    delta: -1e-9,
                }),
                "patience's delta",
            ),
        ];
        for (options, expected) in wrong {
            match options.check() {
                Err(Error::Option { name, .. }) => assert_eq!(name, expected),
                other => panic!("{expected}: {other:?}"),
            }
        }
    }
}
