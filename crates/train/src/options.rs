use serde::{Deserialize, Serialize};

use crate::Error;

/// How a network is fitted.
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

/// When fitting ends before its last epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Patience {
    /// Epochs in a row without improvement after which it ends.
    pub epochs: u64,
    /// An epoch is an improvement when its loss is below the last improvement's by more than this.
    pub delta: f64,
}

/// Which weights a fitted network has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Those after the last epoch.
    #[default]
    Last,
    /// Those after the epoch with the lowest loss: the validation loss, or the training loss where there is none.
    Best,
}

impl FitOptions {
    /// Adam with this learning rate, for so many passes over the examples, so many examples at a time; no weight decay,
    /// no clipping, no early end, the last weights, seed 0.
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

    /// Adds this share of the weights to their gradient: an L2 penalty, as the `weight_decay` of PyTorch's Adam.
    #[must_use]
    pub const fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// Shortens the gradient of all parameters together to this length where it is longer, as PyTorch's
    /// `clip_grad_norm_`.
    #[must_use]
    pub const fn with_gradient_clip(self, norm: f64) -> Self {
        Self { gradient_clip: Some(norm), ..self }
    }

    /// Ends when the loss no longer falls: the validation loss, or the training loss where there is none.
    #[must_use]
    pub const fn with_patience(self, patience: Patience) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// Which weights the fitted network has.
    #[must_use]
    pub const fn with_keep(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    /// What all chance comes from: weights not yet made, the order of the examples, dropout.
    #[must_use]
    pub const fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Whether a network can be fitted so; [`fit`](crate::fit) asks first of all.
    ///
    /// # Errors
    /// When an option is out of its range; which one, and the range.
    pub fn check(&self) -> Result<(), Error> {
        const ONE: &str = "at least 1";
        const ABOVE: &str = "above 0 and finite";
        const FROM_ZERO: &str = "at least 0 and finite";
        let above = |value: f64| value > 0.0 && value.is_finite();
        let from_zero = |value: f64| value >= 0.0 && value.is_finite();
        in_range("epochs", self.epochs as f64, self.epochs > 0, ONE)?;
        in_range("batch", self.batch as f64, self.batch > 0, ONE)?;
        in_range("learning rate", self.learning_rate, above(self.learning_rate), ABOVE)?;
        in_range("weight decay", self.weight_decay, from_zero(self.weight_decay), FROM_ZERO)?;
        if let Some(norm) = self.gradient_clip {
            in_range("gradient clip", norm, above(norm), ABOVE)?;
        }
        if let Some(Patience { epochs, delta }) = self.patience {
            in_range("patience", epochs as f64, epochs > 0, ONE)?;
            in_range("patience's delta", delta, from_zero(delta), FROM_ZERO)?;
        }
        Ok(())
    }
}

fn in_range(name: &'static str, value: f64, fits: bool, must: &'static str) -> Result<(), Error> {
    if fits { Ok(()) } else { Err(Error::Option { name, value, must }) }
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
            (fine.with_patience(Patience { epochs: 0, delta: 0.0 }), "patience"),
            (fine.with_patience(Patience { epochs: 1, delta: -1e-9 }), "patience's delta"),
        ];
        for (options, expected) in wrong {
            match options.check() {
                Err(Error::Option { name, .. }) => assert_eq!(name, expected),
                other => panic!("{expected}: {other:?}"),
            }
        }
    }
}
