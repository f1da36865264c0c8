use oddframe_post::{Chain, Fusion};
use serde::{Deserialize, Serialize};

use super::text;

/// How the systems' scores become the run's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FuseRecipe {
    /// `max`, `mean`, `product`, `rank-mean` or `weighted(0.3,0.7)` with a weight for each system.
    #[serde(with = "text")]
    pub how: Fusion,
    /// Steps for the fused scores.
    #[serde(with = "text")]
    pub post: Chain,
}

impl Default for FuseRecipe {
    fn default() -> Self {
        Self { how: Fusion::Max, post: Chain::new() }
    }
}
