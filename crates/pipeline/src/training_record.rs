use oddframe_train::{EpochLoss, TrivialErrors};
use serde::{Deserialize, Serialize};

/// How the training of one network went: `training.json` in its model folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecord {
    /// The seed.
    pub seed: u64,
    /// The number of trained parameters.
    pub parameters: usize,
    /// The number of training clips.
    pub clips: usize,
    /// The losses of every epoch.
    pub epochs: Vec<EpochLoss>,
    /// The epoch whose weights are kept.
    pub kept_epoch: u64,
    /// The error of the network and two trivial errors: predicting zeros and predicting the mean frame.
    pub errors: TrivialErrors,
    /// How long the training took; the last part of one that was resumed.
    pub seconds: f64,
}
