use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{SumOfSquares, reduce_map, reduce_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The L2 norm: the square root of the sum of the squares of the map's values.
///
/// The pool squares the map's values. On a map of squared errors it is therefore the root of the
/// sum of the errors' fourth powers; the usual norm of the error vector is this pool with
/// [`Distance::Absolute`].
///
/// ```
/// use oddframe_score::{Channels, Distance, L2, Pair, PairPool};
/// let pair = Pair::new(&[3.0, 4.0], &[0.0, 0.0], 1, 2, 1)?;
/// assert_eq!(L2.pool_pair(pair, Distance::Absolute, Channels::Sum), 5.0);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct L2;

impl Pool for L2 {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        reduce_map(SumOfSquares, map).sqrt()
    }
}

impl PairPool for L2 {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        // The norm is linear in the map: for a mean over channels, divide the result instead of
        // every pixel.
        reduce_pair(SumOfSquares, pair, distance, channels).sqrt()
            / channels.sum_divisor(pair.channels())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{self, Images};

    fn pool(values: &[f32]) -> f64 {
        L2.pool(ErrorMap::new(values, values.len(), 1).unwrap())
    }

    #[test]
    fn values_by_hand() {
        assert_eq!(pool(&[3.0, -4.0]), 5.0);
        assert_eq!(pool(&[2.0; 64]), 16.0);
    }

    #[test]
    fn squares_outside_the_range_of_f32_are_exact() {
        assert_eq!(pool(&[1e-30; 64]), 8.0 * f64::from(1e-30_f32));
        assert_eq!(pool(&[f32::MAX; 64]), 8.0 * f64::from(f32::MAX));
    }

    #[test]
    fn with_absolute_distances_it_is_the_norm_of_the_error_vector() {
        let pair = Pair::new(&[1.0, 2.0, 4.0], &[0.0, 0.0, 2.0], 3, 1, 1).unwrap();
        let norms: Vec<_> = L2.pool_channels(pair, Distance::Absolute);
        assert_eq!(norms, [1.0, 2.0, 2.0]);
        assert_eq!(L2.pool_pair(pair, Distance::Absolute, Channels::Sum), 5.0);
    }

    #[test]
    fn a_nan_anywhere_gives_nan() {
        reference::assert_nan_propagates(&L2);
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(images in Images::any(), (distance, channels) in reference::any_mode()) {
            reference::assert_agrees(&L2, &images, distance, channels, |map, _| map.iter().map(|v| v * v).sum::<f64>().sqrt())?;
        }
    }
}
