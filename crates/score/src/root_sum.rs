use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{Total, reduce_map, reduce_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The square root of the sum of the map; NaN where the sum is negative, which that of distances never is.
///
/// With [`Distance::Squared`] and [`Channels::Sum`] it is the L2 norm of the error vector of all pixels and channels:
/// `np.linalg.norm(image - prediction)`. [`L2`](crate::L2) squares the values of the map itself, after the channels
/// of a pixel are joined, so that it is this norm for images of one channel only.
///
/// ```
/// use oddframe_score::{Channels, Distance, Pair, PairPool, RootSum};
/// // One pixel with two channels: the norm of the vector (3, 4).
/// let pair = Pair::new(&[3.0, 4.0], &[0.0, 0.0], 2, 1, 1)?;
/// assert_eq!(RootSum.pool_pair(pair, Distance::Squared, Channels::Sum), 5.0);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RootSum;

impl Pool for RootSum {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        reduce_map(Total, map).sqrt()
    }
}

impl PairPool for RootSum {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        // As for the mean: a sum over channels and pixels is one sum over all values.
        let total = match channels {
            Channels::Max => reduce_pair(Total, pair, distance, channels),
            Channels::Mean | Channels::Sum => {
                reduce_pair(Total, pair.as_single_row(), distance, channels)
            }
        };
        (total / channels.sum_divisor(pair.channels())).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{self, Images};

    #[test]
    fn values_by_hand() {
        let pool = |values: &[f32]| RootSum.pool(ErrorMap::new(values, values.len(), 1).unwrap());
        assert_eq!(pool(&[1.0, 5.0, 3.0]), 3.0);
        assert_eq!(pool(&[0.0; 9]), 0.0);
    }

    #[test]
    fn of_summed_squares_it_is_the_norm_of_all_values() {
        let pair = Pair::new(&[1.0, 2.0, 4.0, 4.0], &[0.0, 0.0, 2.0, 0.0], 2, 2, 1).unwrap();
        let norm = RootSum.pool_pair(pair, Distance::Squared, Channels::Sum);
        assert_eq!(norm, 5.0);
        let halved = RootSum.pool_pair(pair, Distance::Squared, Channels::Mean);
        assert_eq!(halved, 12.5_f64.sqrt());
    }

    #[test]
    fn a_nan_anywhere_gives_nan() {
        reference::assert_nan_propagates(&RootSum);
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(images in Images::any(), (distance, channels) in reference::any_mode()) {
            // The maps of pairs alone: a map of both signs may have no root.
            let pair = images.pair();
            let map = reference::error_map(pair, distance, channels);
            let expected = map.iter().sum::<f64>().sqrt();
            let found = RootSum.pool_pair(pair, distance, channels);
            prop_assert!(reference::is_close(found, expected), "{found} instead of {expected}");
            let map: Vec<f32> = map.iter().map(|value| *value as f32).collect();
            let found = RootSum.pool(ErrorMap::new(&map, pair.width(), pair.height()).unwrap());
            prop_assert!(reference::is_close(found, expected), "{found} instead of {expected}");
        }
    }
}
