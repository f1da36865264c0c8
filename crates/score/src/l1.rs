use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{Total, reduce_magnitudes, reduce_pair};
use crate::{Channels, Distance, Pair, PairPool};

/// The L1 norm: the sum of the map's absolute values.
///
/// ```
/// use oddframe_core::{ErrorMap, Pool};
/// use oddframe_score::L1;
/// assert_eq!(L1.pool(ErrorMap::new(&[3.0, -4.0], 2, 1)?), 7.0);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct L1;

impl Pool for L1 {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        reduce_magnitudes(Total, map)
    }
}

impl PairPool for L1 {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        // Distances are not negative, so that the norm is a plain sum over channels and pixels.
        let total = match channels {
            Channels::Max => reduce_pair(Total, pair, distance, channels),
            Channels::Mean | Channels::Sum => {
                reduce_pair(Total, pair.as_single_row(), distance, channels)
            }
        };
        total / channels.sum_divisor(pair.channels())
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
    fn a_nan_anywhere_gives_nan() {
        reference::assert_nan_propagates(&L1);
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(images in Images::any(), (distance, channels) in reference::any_mode()) {
            reference::assert_agrees(&L1, &images, distance, channels, |map, _| map.iter().map(|v| v.abs()).sum())?;
        }
    }
}
