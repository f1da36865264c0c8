use oddframe_synth::Preset;
use serde::{Deserialize, Serialize};

use super::text;

/// The synthetic street that a run without data of its own takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SceneRecipe {
    /// How much of it: `tiny`, `small` or `pixelplay`.
    #[serde(with = "text")]
    pub preset: Preset,
    /// Its seed.
    pub seed: u64,
    /// Whether its test frames are partly noisy, upside down and missing, as the contest's are; `pixelplay` always is.
    pub damaged: bool,
}

impl Default for SceneRecipe {
    fn default() -> Self {
        Self { preset: Preset::Small, seed: 0, damaged: false }
    }
}
