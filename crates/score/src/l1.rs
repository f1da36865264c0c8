use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{Total, over_magnitudes, over_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The L1 norm: the sum of the map's absolute values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct L1;

impl Pool for L1 {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        over_magnitudes(Total, map)
    }
}

impl PairPool for L1 {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        // Distances have no sign, so the sum over channels and pixels can be taken in one go.
        let total = match channels {
            Channels::Max => over_pair(Total, pair, distance, channels),
            Channels::Mean | Channels::Sum => over_pair(Total, pair.flat(), distance, channels),
        };
        total / channels.divisor(pair.channels())
    }
}
