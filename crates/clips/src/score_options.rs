use oddframe_core::{EdgePolicy, WindowSpec};
use oddframe_score::Overlap;

use crate::{Look, Measure};

/// How a window that scores a single frame joins the frames that its network explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Within {
    /// Their mean.
    #[default]
    Mean,
    /// The largest.
    Max,
}

impl Within {
    pub(crate) fn join(self, scores: &[f64]) -> f64 {
        match self {
            Self::Mean => scores.iter().sum::<f64>() / scores.len() as f64,
            // A NaN must show, and `max` of two hides it.
            Self::Max => scores.iter().copied().max_by(f64::total_cmp).unwrap_or(f64::NAN),
        }
    }
}

/// How frames become scores: what the network sees, the windows, the measure, and what becomes of frames that no
/// window scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreOptions {
    pub(crate) look: Look,
    pub(crate) windows: WindowSpec,
    pub(crate) measure: Measure,
    pub(crate) within: Within,
    pub(crate) overlap: Overlap,
    pub(crate) edge: EdgePolicy,
    pub(crate) batch: usize,
}

impl ScoreOptions {
    /// Clips at a time where nothing else is asked for: enough for both a core and a cache.
    const BATCH: usize = 8;

    /// Overlapping windows joined by the mean, edge frames borrowing the nearest score, eight clips at a time.
    pub const fn new(look: Look, windows: WindowSpec, measure: Measure) -> Self {
        let (within, overlap, edge) = (Within::Mean, Overlap::Mean, EdgePolicy::Nearest);
        Self { look, windows, measure, within, overlap, edge, batch: Self::BATCH }
    }

    /// How a window that scores one frame joins those that its network explains.
    #[must_use]
    pub const fn with_within(self, within: Within) -> Self {
        Self { within, ..self }
    }

    /// How the windows that cover a frame are joined.
    #[must_use]
    pub const fn with_overlap(self, overlap: Overlap) -> Self {
        Self { overlap, ..self }
    }

    /// What becomes of frames that no window scores.
    #[must_use]
    pub const fn with_edge(self, edge: EdgePolicy) -> Self {
        Self { edge, ..self }
    }

    /// Clips at a time; the scores do not depend on it beyond rounding.
    #[must_use]
    pub const fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// How differences become one number.
    #[must_use]
    pub const fn with_measure(self, measure: Measure) -> Self {
        Self { measure, ..self }
    }

    /// What the network sees of a frame.
    pub const fn look(&self) -> Look {
        self.look
    }

    /// How clips are cut from a video.
    pub const fn windows(&self) -> WindowSpec {
        self.windows
    }

    /// How differences become one number.
    pub const fn measure(&self) -> Measure {
        self.measure
    }
}
