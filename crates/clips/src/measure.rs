use oddframe_score::{AnyPool, Channels, Distance, Pair, PairPool};

/// How the difference between a frame and the network's prediction of it becomes one number.
///
/// ```
/// use oddframe_clips::Measure;
/// use oddframe_score::{Distance, Mean, Pair};
/// let pair = Pair::new(&[0.0, 3.0], &[1.0, 1.0], 1, 2, 1)?;
/// assert_eq!(Measure::new(Mean).pool_pair(pair), 2.5);
/// assert_eq!(Measure::new(Mean).with_distance(Distance::Absolute).pool_pair(pair), 1.5);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// The distance between two values.
    pub distance: Distance,
    /// How the channels of a pixel are joined.
    pub channels: Channels,
    /// How the pixels of a frame are pooled.
    pub pool: AnyPool,
}

impl Measure {
    /// Squared differences, averaged over the channels.
    pub fn new(pool: impl Into<AnyPool>) -> Self {
        Self {
            distance: Distance::Squared,
            channels: Channels::Mean,
            pool: pool.into(),
        }
    }

    /// Sets how the channels are joined.
    #[must_use]
    pub const fn with_channels(self, channels: Channels) -> Self {
        Self { channels, ..self }
    }

    /// Sets the distance.
    #[must_use]
    pub const fn with_distance(self, distance: Distance) -> Self {
        Self { distance, ..self }
    }

    /// The number for one frame.
    pub fn pool_pair(&self, pair: Pair<'_>) -> f64 {
        self.pool.pool_pair(pair, self.distance, self.channels)
    }
}
