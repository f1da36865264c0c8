use serde::{Deserialize, Serialize};

/// The network's name in recipes and errors.
pub(super) const KIND: &str = "raft";

/// How a [`Raft`](crate::Raft) network runs.
///
/// ```
/// use oddframe_models::RaftOptions;
///
/// // Half the updates of the paper, and at most 100 MB for correlations.
/// let options = RaftOptions::default().with_updates(6).with_memory_limit(Some(100_000_000));
/// assert_eq!(options.updates, 6);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RaftOptions {
    /// How often the flow is updated: more updates follow larger motion and take more time.
    pub updates: usize,
    /// The most bytes that the correlations of all pairs of positions may take; without a limit they are always kept.
    ///
    /// Frames of `H` by `W` pixels take `4/3 * 4 * (H * W / 64)²` bytes: 10 MB for 240x360, 5.6 GB for 1080x1920. Above
    /// the limit, every update computes the correlations that it reads, with the same results up to rounding.
    pub memory_limit: Option<usize>,
}

impl Default for RaftOptions {
    /// 12 updates, as in torchvision, and no limit.
    fn default() -> Self {
        Self {
            updates: 12,
            memory_limit: None,
        }
    }
}

impl RaftOptions {
    /// The same options with this number of updates.
    #[must_use]
    pub fn with_updates(self, updates: usize) -> Self {
        Self { updates, ..self }
    }

    /// The same options with this limit in bytes, or without one.
    #[must_use]
    pub fn with_memory_limit(self, memory_limit: Option<usize>) -> Self {
        Self {
            memory_limit,
            ..self
        }
    }
}
