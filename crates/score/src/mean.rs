use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{Total, reduce_map, reduce_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The mean of the map.
///
/// ```
/// use oddframe_core::{ErrorMap, Pool};
/// use oddframe_score::Mean;
/// assert_eq!(Mean.pool(ErrorMap::new(&[1.0, 2.0, 6.0, 3.0], 2, 2)?), 3.0);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mean;

impl Pool for Mean {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        reduce_map(Total, map) / map.values().len() as f64
    }
}

impl PairPool for Mean {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        // A sum over channels and pixels needs no sum per pixel first: treat all channels as one
        // row.
        let total = match channels {
            Channels::Max => reduce_pair(Total, pair, distance, channels),
            Channels::Mean | Channels::Sum => {
                reduce_pair(Total, pair.as_single_row(), distance, channels)
            }
        };
        total / pair.pixels() as f64 / channels.sum_divisor(pair.channels())
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
    fn a_long_sum_is_exact() {
        // A sum in `f32` would stop growing at 2^24.
        let values = vec![1.0; (1 << 25) + 1];
        assert_eq!(pool(&values), 1.0);
    }

    #[test]
    fn a_nan_anywhere_gives_nan() {
        reference::assert_nan_propagates(&Mean);
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(images in Images::any(), (distance, channels) in reference::any_mode()) {
            reference::assert_agrees(&Mean, &images, distance, channels, |map, _| map.iter().sum::<f64>() / map.len() as f64)?;
        }
    }
}
