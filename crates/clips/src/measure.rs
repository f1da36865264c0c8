use oddframe_score::{AnyPool, Channels, Distance, Pair, PairPool};

/// How the difference between a frame and a network's version of it becomes one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// How far apart two values are.
    pub distance: Distance,
    /// How the channels of a pixel are joined.
    pub channels: Channels,
    /// How the pixels are.
    pub pool: AnyPool,
}

impl Measure {
    /// Squared differences, joined by the mean over channels.
    pub fn new(pool: impl Into<AnyPool>) -> Self {
        Self { distance: Distance::Squared, channels: Channels::Mean, pool: pool.into() }
    }

    /// Joins channels in another way.
    #[must_use]
    pub const fn with_channels(self, channels: Channels) -> Self {
        Self { channels, ..self }
    }

    /// Takes another distance.
    #[must_use]
    pub const fn with_distance(self, distance: Distance) -> Self {
        Self { distance, ..self }
    }

    /// The number for one frame.
    pub fn of(&self, pair: Pair<'_>) -> f64 {
        self.pool.pool_pair(pair, self.distance, self.channels)
    }
}
