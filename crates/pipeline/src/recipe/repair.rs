use oddframe_flip::{FlipConfig, UprightOptions};
use oddframe_train::FitOptions;
use serde::{Deserialize, Serialize};

/// What is put right before anything looks at a frame.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RepairRecipe {
    /// What becomes of frames that cannot be read: `error` or `nearest`.
    pub mend: Mend,
    /// Turning back test frames that are upside down; they stay as they are without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<FlipRecipe>,
}

/// What becomes of a frame that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mend {
    /// The run ends and says which frame it is.
    #[default]
    Error,
    /// The nearest readable frame of the video stands in, and the report lists it.
    Nearest,
}

/// A classifier that learns on the normal videos what upside down looks like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlipRecipe {
    /// Passes over the training frames.
    pub epochs: u64,
    /// Frames in a step.
    pub batch: usize,
    /// How far a step goes.
    pub learning_rate: f64,
    /// Frames whose decisions are joined by majority, an odd number; 1 leaves each frame its own.
    pub majority: usize,
    /// The probability from which on a frame is taken for upside down.
    pub threshold: f64,
    /// Whether the repaired test videos are written into the run folder.
    pub write_cleaned: bool,
    /// The network.
    pub model: FlipConfig,
}

impl Default for FlipRecipe {
    fn default() -> Self {
        Self {
            epochs: 5,
            batch: 64,
            learning_rate: 1e-3,
            majority: 1,
            threshold: 0.5,
            write_cleaned: false,
            model: FlipConfig::default(),
        }
    }
}

impl FlipRecipe {
    /// How the classifier is fitted.
    pub fn options(&self, seed: u64) -> FitOptions {
        FitOptions::new(self.epochs, self.batch, self.learning_rate).with_seed(seed)
    }

    /// How its probabilities become decisions.
    pub fn upright(&self) -> UprightOptions {
        UprightOptions::new().with_threshold(self.threshold).with_majority_frames(self.majority)
    }
}
