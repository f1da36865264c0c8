use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{Greatest, over_map, over_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The largest value of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Max;

impl Pool for Max {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        over_map(Greatest, map)
    }
}

impl PairPool for Max {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        match channels {
            Channels::Max => over_pair(Greatest, pair.flat(), distance, channels),
            Channels::Mean | Channels::Sum => {
                over_pair(Greatest, pair, distance, channels) / channels.divisor(pair.channels())
            }
        }
    }
}
