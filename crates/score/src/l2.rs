use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{SumOfSquares, over_map, over_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The L2 norm: the root of the sum of the squares of the map's values.
///
/// The map's values are squared, not the distances: over a map of squared errors this is the root of the sum
/// of their fourth powers. The norm of an error vector is this pool over [`Distance::Absolute`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct L2;

impl Pool for L2 {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        over_map(SumOfSquares, map).sqrt()
    }
}

impl PairPool for L2 {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        over_pair(SumOfSquares, pair, distance, channels).sqrt() / channels.divisor(pair.channels())
    }
}
