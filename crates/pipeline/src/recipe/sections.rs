//! The sections of a recipe that concern the whole run.

use oddframe_flip::FlipSettings;
use oddframe_frames::BadFrames;
use oddframe_post::{Chain, Fusion};
use oddframe_synth::Preset;
use serde::{Deserialize, Serialize};

/// The synthetic street, which a run uses when it is given no data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SceneRecipe {
    /// How large the data set is: `tiny`, `small` or `pixelplay`.
    pub preset: Preset,
    /// The seed of the scene.
    pub seed: u64,
    /// Whether some test frames are noisy, upside down or missing, as in the contest's data. `pixelplay` always has them.
    pub damaged: bool,
}

impl Default for SceneRecipe {
    fn default() -> Self {
        Self {
            preset: Preset::Small,
            seed: 0,
            damaged: false,
        }
    }
}

/// What is repaired before any system sees a frame.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RepairRecipe {
    /// What happens to frames that cannot be read: `error` ends the run and names the frame; `nearest` shows the nearest
    /// readable frame of the video instead and lists it in the report.
    pub mend: BadFrames,
    /// Flips test frames that are upside down; without it they stay as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<FlipSettings>,
}

/// What the report of a run shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReportRecipe {
    /// Whether the run keeps pictures of the test videos, which the report shows. Without, the run folder and the report
    /// hold no pixel of them.
    pub pictures: bool,
    /// Whether the run keeps the error map of every test frame by every fused system, which the report lays over the pictures:
    /// four bytes for each pixel that a system sees. Systems that give boxes and no map have none.
    pub maps: bool,
    /// Whether the report pixelates its pictures: the scored boxes of a frame, or the whole frame when it has none. The
    /// pictures in the run folder stay clear.
    pub blur: bool,
}

impl Default for ReportRecipe {
    fn default() -> Self {
        Self {
            pictures: true,
            maps: false,
            blur: false,
        }
    }
}

/// How the scores of the systems become those of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FuseRecipe {
    /// `max`, `mean`, `product`, `rank-mean` or `weighted(0.3,0.7)` with a weight for each fused system.
    pub how: Fusion,
    /// Post-processing of the fused scores.
    pub post: Chain,
}

impl Default for FuseRecipe {
    fn default() -> Self {
        Self {
            how: Fusion::Max,
            post: Chain::new(),
        }
    }
}
