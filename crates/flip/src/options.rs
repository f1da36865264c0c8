use serde::{Deserialize, Serialize};

use crate::Error;

/// How probabilities become decisions: the threshold, and how many neighbouring frames vote.
///
/// The values are checked when they are used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UprightOptions {
    /// A frame with a probability above this threshold counts as flipped.
    pub threshold: f64,
    /// The number of frames that vote on each frame, which is in their middle: 1 decides each frame by itself. Must be
    /// odd. At the ends of a video fewer frames vote, and a tie leaves the frame's own decision.
    pub majority_frames: usize,
    /// The number of frames classified in one batch.
    pub batch: usize,
}

impl Default for UprightOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl UprightOptions {
    /// A threshold of one half, no vote, and batches of 64.
    pub const fn new() -> Self {
        Self {
            threshold: 0.5,
            majority_frames: 1,
            batch: 64,
        }
    }

    /// Sets the threshold.
    #[must_use]
    pub const fn with_threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }

    /// Sets the number of frames that vote, an odd number.
    #[must_use]
    pub const fn with_majority_frames(self, majority_frames: usize) -> Self {
        Self {
            majority_frames,
            ..self
        }
    }

    /// Sets the number of frames classified in one batch.
    #[must_use]
    pub const fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    pub(crate) fn check(self) -> Result<(), Error> {
        let refuse = |what, value, expected| {
            Err(Error::Parameter {
                what,
                value,
                expected,
            })
        };
        if !(0.0..=1.0).contains(&self.threshold) {
            return refuse(
                "the threshold of flips",
                self.threshold,
                "at least 0 and at most 1",
            );
        }
        if self.majority_frames.is_multiple_of(2) {
            return refuse(
                "the number of frames in a majority",
                self.majority_frames as f64,
                "odd",
            );
        }
        if self.batch == 0 {
            return refuse("the number of frames in a batch", 0.0, "at least 1");
        }
        Ok(())
    }
}
