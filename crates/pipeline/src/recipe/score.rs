use oddframe_clips::{Measure, ScoreOptions, Within};
use oddframe_core::{EdgePolicy, Error};
use oddframe_score::{AnyPool, Channels, Distance, Max, Overlap};
use serde::{Deserialize, Serialize};

use super::names::WithinName;
use super::{LookRecipe, WindowRecipe, text};

/// How a network's errors become one score a frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScoreRecipe {
    /// How the pixels of an error map are joined: `mean`, `max`, `topk(patch=16, stride=16, k=1)`, …
    #[serde(with = "text")]
    pub pool: AnyPool,
    /// How the channels of a pixel are: `mean`, `max` or `sum`.
    #[serde(with = "text")]
    pub channels: Channels,
    /// `squared` or `absolute`.
    #[serde(with = "text")]
    pub distance: Distance,
    /// How a clip that scores one frame joins those that its network explains: `mean` or `max`.
    #[serde(with = "WithinName")]
    pub within: Within,
    /// What a frame gets that several clips score: `mean`, `max`, `median`, `last` or `centre`.
    #[serde(with = "text")]
    pub overlap: Overlap,
    /// What a frame gets that no clip scores: `nearest`, `reflect`, `constant(0)` or `error`.
    #[serde(with = "text")]
    pub edge: EdgePolicy,
    /// Clips scored at once.
    pub batch: usize,
}

impl Default for ScoreRecipe {
    fn default() -> Self {
        Self {
            pool: Max.into(),
            channels: Channels::Mean,
            distance: Distance::Squared,
            within: Within::Mean,
            overlap: Overlap::Mean,
            edge: EdgePolicy::Nearest,
            batch: 8,
        }
    }
}

impl ScoreRecipe {
    /// How frames become scores under this look and these windows.
    ///
    /// # Errors
    /// When the look or the windows make no sense.
    pub fn options(&self, look: &LookRecipe, window: &WindowRecipe) -> Result<ScoreOptions, Error> {
        let measure = Measure::new(self.pool).with_channels(self.channels).with_distance(self.distance);
        let options = ScoreOptions::new(look.look()?, window.scored()?, measure);
        Ok(options
            .with_within(self.within)
            .with_overlap(self.overlap)
            .with_edge(self.edge)
            .with_batch(self.batch))
    }
}
