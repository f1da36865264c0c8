use oddframe_core::{ErrorMap, Pool};

use crate::{Channels, Distance, Pair, error_map};

/// A pool that scores an image against its reconstruction directly.
///
/// The pools of this crate read both images once and build no error map, except
/// [`Quantile`](crate::Quantile). Your own pool needs only `impl PairPool for MyPool {}`: the
/// provided method builds the map and pools it.
///
/// ```
/// use oddframe_score::{Channels, Distance, Max, Pair, PairPool};
/// let pair = Pair::new(&[0.0, 0.5, 1.0, 1.0], &[0.0, 0.0, 1.0, 0.75], 1, 2, 2)?;
/// assert_eq!(Max.pool_pair(pair, Distance::Squared, Channels::Max), 0.25);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
pub trait PairPool: Pool {
    /// The score of the pair. It equals the score of its [`error_map`] up to the rounding of `f32`
    /// pixels.
    ///
    /// A NaN in either image gives NaN.
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        let map = error_map(pair, distance, channels);
        // The shape was checked when the pair was built, so that the map is always accepted.
        ErrorMap::new(&map, pair.width(), pair.height()).map_or(f64::NAN, |map| self.pool(map))
    }

    /// A score for each channel.
    fn pool_channels(&self, pair: Pair<'_>, distance: Distance) -> Vec<f64> {
        pair.planes()
            .map(|plane| self.pool_pair(plane, distance, Channels::Sum))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pool without a method for pairs: the value in the upper right corner.
    struct Corner;

    impl Pool for Corner {
        fn pool(&self, map: ErrorMap<'_>) -> f64 {
            map.values()[map.width() - 1].into()
        }
    }

    impl PairPool for Corner {}

    #[test]
    fn the_provided_method_scores_pairs() {
        let input = [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
        let pair = Pair::new(&input, &[0.0; 12], 2, 3, 2).unwrap();
        let pool: &dyn PairPool = &Corner;
        assert_eq!(pool.pool_pair(pair, Distance::Squared, Channels::Mean), 5.0);
        assert_eq!(pool.pool_pair(pair, Distance::Squared, Channels::Max), 9.0);
        assert_eq!(pool.pool_channels(pair, Distance::Absolute), [3.0, 1.0]);
    }
}
