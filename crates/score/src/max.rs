use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{Greatest, reduce_map, reduce_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The largest value of the map.
///
/// ```
/// use oddframe_core::{ErrorMap, Pool};
/// use oddframe_score::Max;
/// assert_eq!(Max.pool(ErrorMap::new(&[1.0, 2.0, 6.0, 3.0], 2, 2)?), 6.0);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Max;

impl Pool for Max {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        reduce_map(Greatest, map)
    }
}

impl PairPool for Max {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        match channels {
            // The maximum over channels and pixels in any order.
            Channels::Max => reduce_pair(Greatest, pair.as_single_row(), distance, channels),
            // The largest sum over channels, pixel by pixel.
            Channels::Mean | Channels::Sum => {
                reduce_pair(Greatest, pair, distance, channels)
                    / channels.sum_divisor(pair.channels())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{self, Images};

    fn pool(values: &[f32]) -> f64 {
        Max.pool(ErrorMap::new(values, values.len(), 1).unwrap())
    }

    #[test]
    fn values_by_hand() {
        assert_eq!(pool(&[1.0, 7.0, -9.0]), 7.0);
        let mut values = [-5.0; 100];
        assert_eq!(pool(&values), -5.0);
        values[40] = -0.5;
        assert_eq!(pool(&values), -0.5);
        values[99] = f32::NEG_INFINITY;
        assert_eq!(pool(&values), -0.5);
        assert_eq!(pool(&[f32::NEG_INFINITY; 40]), f64::NEG_INFINITY);
        values[3] = f32::INFINITY;
        assert_eq!(pool(&values), f64::INFINITY);
    }

    #[test]
    fn the_largest_value_is_found_at_every_position() {
        for len in [1, 31, 32, 33, 100] {
            for place in 0..len {
                let mut values = vec![0.25; len];
                values[place] = 0.5;
                assert_eq!(pool(&values), 0.5, "{place} of {len}");
                let zeros = vec![0.0; len];
                let pair = Pair::new(&values, &zeros, 1, len, 1).unwrap();
                assert_eq!(
                    Max.pool_pair(pair, Distance::Squared, Channels::Max),
                    0.25,
                    "{place} of {len}"
                );
            }
        }
    }

    #[test]
    fn the_largest_mean_is_not_the_mean_of_the_largest() {
        let pair = Pair::new(&[1.0, 0.0, 0.0, 3.0], &[0.0; 4], 2, 2, 1).unwrap();
        let max = |channels| Max.pool_pair(pair, Distance::Absolute, channels);
        assert_eq!(
            [Channels::Mean, Channels::Max, Channels::Sum].map(max),
            [1.5, 3.0, 3.0]
        );
        assert_eq!(Max.pool_channels(pair, Distance::Squared), [1.0, 9.0]);
    }

    #[test]
    fn a_nan_anywhere_gives_nan() {
        reference::assert_nan_propagates(&Max);
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(images in Images::any(), (distance, channels) in reference::any_mode()) {
            reference::assert_agrees(&Max, &images, distance, channels, |map, _| map.iter().copied().fold(f64::NEG_INFINITY, f64::max))?;
        }
    }
}
