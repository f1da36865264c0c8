use oddframe_baseline::Typical;
use oddframe_core::{EdgePolicy, Error, PixelFormat};
use oddframe_frames::{Filter, Prepare};
use oddframe_post::Chain;
use oddframe_score::{AnyPool, Mean};
use serde::{Deserialize, Serialize};

use super::names::{FilterName, TypicalName};
use super::text;

/// How the two systems with no network score, which every run shows beside its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BaselineRecipe {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// How frames are resized: `opencv` or `antialiased`.
    #[serde(with = "FilterName")]
    pub filter: Filter,
    /// How the pixels of an error map are joined.
    #[serde(with = "text")]
    pub pool: AnyPool,
    /// Which frame stands for the normal ones: `mean` or `median`.
    #[serde(with = "TypicalName")]
    pub typical: Typical,
    /// What the first frame of a video gets, which differs from none before it.
    #[serde(with = "text")]
    pub edge: EdgePolicy,
    /// Steps for their scores.
    #[serde(with = "text")]
    pub post: Chain,
}

impl Default for BaselineRecipe {
    fn default() -> Self {
        Self {
            width: 128,
            height: 128,
            filter: Filter::Antialiased,
            pool: Mean.into(),
            typical: Typical::Mean,
            edge: EdgePolicy::Nearest,
            post: Chain::new(),
        }
    }
}

impl BaselineRecipe {
    /// The gray frames they look at.
    ///
    /// # Errors
    /// When a side is zero or too large.
    pub fn prepare(&self) -> Result<Prepare, Error> {
        Ok(Prepare::new(self.width, self.height)?.with_format(PixelFormat::Gray).with_filter(self.filter))
    }
}
