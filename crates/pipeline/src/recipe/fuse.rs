use oddframe_post::{Chain, Fusion};
use serde::{Deserialize, Serialize};

/// How the scores of the systems become those of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
