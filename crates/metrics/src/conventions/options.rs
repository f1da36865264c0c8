use std::fmt;

use oddframe_core::{PostStep, Scope};

use crate::BootstrapOptions;

/// A normalisation that was applied to the scores before they were evaluated, as a recipe states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalisation {
    /// The step, such as `minmax per video`.
    pub step: String,
    /// Where it was applied, such as the field of a recipe.
    pub place: String,
    /// Whether it used each test video by itself, or all of them.
    pub scope: Scope,
}

/// The options of [`compare_conventions`](crate::compare_conventions).
///
/// ```
/// use oddframe_metrics::{BootstrapOptions, ConventionOptions};
///
/// let options = ConventionOptions::new()
///     .with_edge_frames(8)
///     .with_bootstrap(BootstrapOptions::default().with_resamples(200));
/// assert!(format!("{options:?}").contains("edge_frames: 8"));
/// ```
#[derive(Clone)]
pub struct ConventionOptions<'a> {
    pub(crate) smoothing: Option<&'a dyn PostStep>,
    pub(crate) edge_frames: usize,
    pub(crate) normalisations: Vec<Normalisation>,
    pub(crate) bootstrap: BootstrapOptions,
}

/// Networks that predict a frame from the four before it are common, and have no score for four frames.
const EDGE_FRAMES: usize = 4;

impl Default for ConventionOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> ConventionOptions<'a> {
    /// No smoothing, four frames at the edges of videos, and no known normalisation.
    pub fn new() -> Self {
        Self {
            smoothing: None,
            edge_frames: EDGE_FRAMES,
            normalisations: Vec::new(),
            bootstrap: BootstrapOptions::default(),
        }
    }

    /// Also smooths the scores: a step that runs per video. It is applied to each video, and to all videos joined to one.
    #[must_use]
    pub fn with_smoothing(self, step: &'a dyn PostStep) -> Self {
        Self {
            smoothing: Some(step),
            ..self
        }
    }

    /// Sets the number of frames that are left out at the edges of each video; 0 leaves out these rows.
    #[must_use]
    pub fn with_edge_frames(self, edge_frames: usize) -> Self {
        Self {
            edge_frames,
            ..self
        }
    }

    /// States which normalisations the scores went through.
    #[must_use]
    pub fn with_normalisations(self, normalisations: Vec<Normalisation>) -> Self {
        Self {
            normalisations,
            ..self
        }
    }

    /// Sets how the interval of the micro AUC is computed.
    #[must_use]
    pub fn with_bootstrap(self, bootstrap: BootstrapOptions) -> Self {
        Self { bootstrap, ..self }
    }
}

impl fmt::Debug for ConventionOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConventionOptions")
            .field("smoothing", &self.smoothing.map(ToString::to_string))
            .field("edge_frames", &self.edge_frames)
            .field("normalisations", &self.normalisations)
            .field("bootstrap", &self.bootstrap)
            .finish()
    }
}
