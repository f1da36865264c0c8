use oddframe_train::{EpochLoss, Yardsticks};
use serde::{Deserialize, Serialize};

/// How the training of one network went: what stays beside its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Its seed.
    pub seed: u64,
    /// Numbers that it learned.
    pub parameters: usize,
    /// Clips it learned from.
    pub clips: usize,
    /// The losses of its epochs.
    pub epochs: Vec<EpochLoss>,
    /// The epoch whose weights are kept.
    pub kept_epoch: u64,
    /// Its error beside those of networks that learned nothing.
    pub beside: Beside,
    /// How long it took; of a training that was interrupted, the last part.
    pub seconds: f64,
}

/// Mean squared errors on the same frames.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// The network's.
    pub network: f64,
    /// Of giving zero everywhere.
    pub zero: f64,
    /// Of giving the mean frame everywhere.
    pub mean_frame: f64,
}

impl From<Yardsticks> for Beside {
    fn from(found: Yardsticks) -> Self {
        Self { network: found.model, zero: found.zero, mean_frame: found.mean_frame }
    }
}

impl Beside {
    fn yardsticks(self) -> Yardsticks {
        Yardsticks { model: self.network, zero: self.zero, mean_frame: self.mean_frame }
    }

    /// Whether the network is better than both.
    pub fn passed(self) -> bool {
        self.yardsticks().passed()
    }

    /// What to say of a network that is not.
    pub fn warning(self) -> Option<String> {
        self.yardsticks().warning()
    }
}
