use oddframe_synth::Preset;
use serde::{Deserialize, Serialize};

/// The synthetic street, which a run uses when it is given no data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
