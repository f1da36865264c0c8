use std::borrow::Cow;

use crate::{FrameNumber, Rect};

/// A region of a frame with its anomaly score. Coordinates are pixels of the original frame, before any resizing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredBox {
    /// The region.
    pub area: Rect,
    /// Its anomaly score: the higher, the more unusual.
    pub score: f64,
}

/// Why a frame has its score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The cue that decided, in a word: `speed`, `appearance`.
    pub cue: Cow<'static, str>,
    /// One sentence for a person: "3.1 times the usual speed here".
    pub sentence: String,
}

/// Where a score comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Computed from the frame itself.
    Computed,
    /// Copied from another frame of the video, or computed from another frame's pixels.
    Borrowed {
        /// That frame.
        from: FrameNumber,
    },
    /// A constant that a policy filled in.
    Constant,
}

/// The score of one frame, with the place and the reason where the system knows them.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameScore {
    /// The anomaly score: the higher, the more unusual.
    pub value: f64,
    /// Whether it was computed from this frame, borrowed from another one, or set to a constant.
    pub origin: Origin,
    /// The regions that were scored, where the system localises.
    pub boxes: Vec<ScoredBox>,
    /// Why, where the system explains.
    pub reason: Option<Reason>,
}

impl FrameScore {
    /// A score without boxes or reason.
    pub const fn new(value: f64, origin: Origin) -> Self {
        Self {
            value,
            origin,
            boxes: Vec::new(),
            reason: None,
        }
    }
}

/// The error map of one frame: one value for each pixel that the system sees, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreMap {
    /// The frame.
    pub number: FrameNumber,
    /// Values in a row.
    pub width: usize,
    /// All values, row by row.
    pub values: Vec<f32>,
}

/// The scores a [`Scorer`](crate::Scorer) has decided, in the order of the pushed frames.
///
/// Most scorers have one output. A scorer that took over others with [`Scorer::merge`](crate::Scorer::merge) has one for
/// each: the first output is its own, the others follow in the order of merging.
///
/// ```
/// use oddframe_core::{FrameScore, Origin, Settled};
/// let mut settled = Settled::new();
/// settled.push(FrameScore::new(0.5, Origin::Computed));
/// assert_eq!(settled.take_scores(0).len(), 1);
/// assert!(settled.take_scores(0).is_empty());
/// ```
#[derive(Debug, Default)]
pub struct Settled {
    scores: Vec<Vec<FrameScore>>,
    wants_maps: bool,
    maps: Vec<Vec<ScoreMap>>,
}

impl Settled {
    /// Collects scores and no maps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also asks the scorer for error maps.
    #[must_use]
    pub fn with_maps(self) -> Self {
        Self {
            wants_maps: true,
            ..self
        }
    }

    /// Whether the scorer should push error maps, which cost time and memory.
    pub fn wants_maps(&self) -> bool {
        self.wants_maps
    }

    /// Adds the score of the next frame to the first output.
    pub fn push(&mut self, score: FrameScore) {
        self.push_to(0, score);
    }

    /// Adds the score of the next frame to an output.
    pub fn push_to(&mut self, output: usize, score: FrameScore) {
        slot(&mut self.scores, output).push(score);
    }

    /// Adds the error map of a frame to an output. Maps may be missing for some frames, and come in any order.
    pub fn push_map(&mut self, output: usize, map: ScoreMap) {
        slot(&mut self.maps, output).push(map);
    }

    /// Takes out the scores an output has settled since the last call.
    pub fn take_scores(&mut self, output: usize) -> Vec<FrameScore> {
        self.scores
            .get_mut(output)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Takes out the maps of an output that were pushed since the last call.
    pub fn take_maps(&mut self, output: usize) -> Vec<ScoreMap> {
        self.maps
            .get_mut(output)
            .map(std::mem::take)
            .unwrap_or_default()
    }
}

/// The list of an output, which may be the first value for it.
fn slot<T>(lists: &mut Vec<Vec<T>>, output: usize) -> &mut Vec<T> {
    // Outputs appear when they are first used, so that a scorer need not announce how many it has.
    if lists.len() <= output {
        lists.resize_with(output + 1, Vec::new);
    }
    &mut lists[output]
}
