use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{Total, over_map, over_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The mean of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mean;

impl Pool for Mean {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        over_map(Total, map) / map.values().len() as f64
    }
}

impl PairPool for Mean {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        let total = match channels {
            Channels::Max => over_pair(Total, pair, distance, channels),
            Channels::Mean | Channels::Sum => over_pair(Total, pair.flat(), distance, channels),
        };
        total / pair.pixels() as f64 / channels.divisor(pair.channels())
    }
}
