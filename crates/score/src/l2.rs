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
    fn squares_leave_the_range_of_f32() {
        assert_eq!(pool(&[1e-30; 64]), 8.0 * f64::from(1e-30_f32));
        assert_eq!(pool(&[f32::MAX; 64]), 8.0 * f64::from(f32::MAX));
    }

    #[test]
    fn the_norm_of_an_error_vector() {
        let pair = Pair::new(&[1.0, 2.0, 4.0], &[0.0, 0.0, 2.0], 3, 1, 1).unwrap();
        let norms: Vec<_> = L2.pool_channels(pair, Distance::Absolute);
        assert_eq!(norms, [1.0, 2.0, 2.0]);
        assert_eq!(L2.pool_pair(pair, Distance::Absolute, Channels::Sum), 5.0);
    }

    #[test]
    fn nan_is_never_hidden() {
        reference::shows_nan(&L2);
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_form(images in Images::any(), (distance, channels) in reference::modes()) {
            reference::agrees(&L2, &images, distance, channels, |map, _| map.iter().map(|v| v * v).sum::<f64>().sqrt())?;
        }
    }
}
