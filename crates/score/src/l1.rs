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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{self, Images};

    fn pool(values: &[f32]) -> f64 {
        L1.pool(ErrorMap::new(values, values.len(), 1).unwrap())
    }

    #[test]
    fn values_by_hand() {
        assert_eq!(pool(&[3.0, -4.0, 0.5]), 7.5);
        assert_eq!(pool(&[-2.0; 100]), 200.0);
        assert_eq!(pool(&[f32::MIN; 64]), 64.0 * f64::from(f32::MAX));
    }

    #[test]
    fn nan_is_never_hidden() {
        reference::shows_nan(&L1);
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_form(images in Images::any(), (distance, channels) in reference::modes()) {
            reference::agrees(&L1, &images, distance, channels, |map, _| map.iter().map(|v| v.abs()).sum())?;
        }
    }
}
