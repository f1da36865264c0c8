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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{self, Images};

    fn pool(values: &[f32]) -> f64 {
        Mean.pool(ErrorMap::new(values, values.len(), 1).unwrap())
    }

    #[test]
    fn values_by_hand() {
        assert_eq!(pool(&[1.0, 2.0, 6.0]), 3.0);
        assert_eq!(pool(&[-0.25; 1000]), -0.25);
    }

    #[test]
    fn the_ends_of_the_range_do_not_overflow() {
        assert_eq!(pool(&[f32::MAX; 100]), f64::from(f32::MAX));
        let mut values = [f32::MAX; 100];
        values[50..].fill(f32::MIN);
        assert_eq!(pool(&values), 0.0);
        values[0] = f32::INFINITY;
        assert_eq!(pool(&values), f64::INFINITY);
    }

    #[test]
    fn a_long_sum_keeps_its_digits() {
        // In `f32` alone the sum would stand still at 2^24.
        let values = vec![1.0; (1 << 25) + 1];
        assert_eq!(pool(&values), 1.0);
    }

    #[test]
    fn nan_is_never_hidden() {
        reference::shows_nan(&Mean);
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_form(images in Images::any(), (distance, channels) in reference::modes()) {
            reference::agrees(&Mean, &images, distance, channels, |map, _| map.iter().sum::<f64>() / map.len() as f64)?;
        }
    }
}
