use oddframe_train::FitOptions;
use serde::{Deserialize, Serialize};

use crate::{Error, FlipConfig, UprightOptions};

/// The settings of the flip repair in a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlipSettings {
    /// Passes over the training frames.
    pub epochs: u64,
    /// Frames in a training step.
    pub batch: usize,
    /// The learning rate of Adam.
    pub learning_rate: f64,
    /// The number of frames, the frame itself in their middle, that vote on a decision; an odd number. With 1 each frame
    /// decides for itself.
    pub majority: usize,
    /// A frame whose probability of being flipped is above this is taken for flipped.
    pub threshold: f64,
    /// Whether the repaired test videos are written into the run folder.
    pub write_cleaned: bool,
    /// Whether a classifier that hardly separates upright training frames from flipped ones is used all the same.
    pub allow_weak: bool,
    /// The network.
    pub model: FlipConfig,
}

impl Default for FlipSettings {
    fn default() -> Self {
        Self {
            epochs: 5,
            batch: 64,
            learning_rate: 1e-3,
            majority: 1,
            threshold: 0.5,
            write_cleaned: false,
            allow_weak: false,
            model: FlipConfig::default(),
        }
    }
}

impl FlipSettings {
    /// The options of a training with this seed.
    pub fn fit_options(&self, seed: u64) -> FitOptions {
        FitOptions::new(self.epochs, self.batch, self.learning_rate).with_seed(seed)
    }

    /// How probabilities become decisions.
    pub fn decision_options(&self) -> UprightOptions {
        UprightOptions::new()
            .with_threshold(self.threshold)
            .with_majority_frames(self.majority)
    }

    /// Checks all values.
    ///
    /// # Errors
    /// When a value is out of its range; the message names it.
    pub fn check(&self) -> Result<(), Error> {
        self.fit_options(0).check()?;
        self.decision_options().check()?;
        self.model.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropout_of_one_is_refused_before_any_frame_is_prepared() {
        let mut settings = FlipSettings::default();
        settings.check().unwrap();
        settings.model.dropout = 1.0;
        assert_eq!(
            settings.check().unwrap_err().to_string(),
            "the dropout is 1; it must be at least 0 and below 1"
        );
    }
}
