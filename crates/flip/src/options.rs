use serde::{Deserialize, Serialize};

use crate::Error;

/// How frames are judged: the threshold, and whether neighbours have a say.
///
/// Checked when frames are judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UprightOptions {
    /// A frame whose probability is above this is taken for flipped.
    pub threshold: f64,
    /// Frames, the frame itself in their middle, of which the majority decides: 1 is each frame alone. Must be odd;
    /// at the ends of a video there are fewer, and where they are split evenly the frame decides.
    pub majority_frames: usize,
    /// Frames judged at once.
    pub batch: usize,
}

impl Default for UprightOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl UprightOptions {
    /// A threshold of one half, each frame alone, 64 at once.
    pub const fn new() -> Self {
        Self {
            threshold: 0.5,
            majority_frames: 1,
            batch: 64,
        }
    }

    /// Another threshold.
    #[must_use]
    pub const fn with_threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }

    /// The majority of this many frames; an odd number.
    #[must_use]
    pub const fn with_majority_frames(self, majority_frames: usize) -> Self {
        Self {
            majority_frames,
            ..self
        }
    }

    /// This many frames judged at once.
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
            return refuse("the number of frames judged at once", 0.0, "at least 1");
        }
        Ok(())
    }
}
