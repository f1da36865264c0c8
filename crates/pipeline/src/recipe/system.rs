use oddframe_models::ModelConfig;
use oddframe_post::{Chain, Fusion};
use serde::{Deserialize, Serialize};

use super::{LookRecipe, ScoreRecipe, TrainRecipe, WindowRecipe, text};

/// One system: a network, what it sees, how it learns, and how its errors become scores.
///
/// Systems that agree in everything but scoring and what follows it are trained once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemRecipe {
    /// Its name: letters, digits, `_` and `-`, as files are called by it.
    pub name: String,
    /// How many networks of other seeds there are: the run's seed, the one after, …
    #[serde(default = "one")]
    pub members: usize,
    /// Steps for each member's scores.
    #[serde(default, with = "text")]
    pub post: Chain,
    /// How the members' scores become the system's.
    #[serde(default = "mean", with = "text")]
    pub join: Fusion,
    /// Steps for the system's scores.
    #[serde(default, with = "text")]
    pub join_post: Chain,
    /// The network.
    pub model: ModelConfig,
    /// What it sees.
    #[serde(default)]
    pub look: LookRecipe,
    /// The clips it is given.
    #[serde(default)]
    pub window: WindowRecipe,
    /// How it learns.
    #[serde(default)]
    pub train: TrainRecipe,
    /// How its errors become scores.
    #[serde(default)]
    pub score: ScoreRecipe,
}

fn one() -> usize {
    1
}

fn mean() -> Fusion {
    Fusion::Mean
}

impl SystemRecipe {
    /// A system of one member with everything else as it is by default.
    pub fn new(name: &str, model: ModelConfig) -> Self {
        Self {
            name: name.to_owned(),
            members: one(),
            post: Chain::new(),
            join: mean(),
            join_post: Chain::new(),
            model,
            look: LookRecipe::default(),
            window: WindowRecipe::default(),
            train: TrainRecipe::default(),
            score: ScoreRecipe::default(),
        }
    }

    /// Whether both train the same networks.
    pub fn learns_as(&self, other: &Self) -> bool {
        let learned = |window: WindowRecipe| WindowRecipe { stride: 1, ..window };
        self.model == other.model
            && self.look == other.look
            && learned(self.window) == learned(other.window)
            && self.train == other.train
    }

    /// Whether both score alike, once trained alike.
    pub fn scores_as(&self, other: &Self) -> bool {
        self.learns_as(other) && self.window == other.window && self.score == other.score
    }
}
