use oddframe_core::{ErrorMap, Pool};

use crate::{Error, PairPool};

/// A quantile of the map's values, interpolated linearly between the two nearest values (the
/// default of `numpy.quantile`).
///
/// ```
/// use oddframe_core::{ErrorMap, Pool};
/// use oddframe_score::Quantile;
/// let median = Quantile::new(0.5)?;
/// assert_eq!(median.pool(ErrorMap::new(&[1.0, 2.0, 6.0, 3.0], 2, 2)?), 2.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    q: f64,
}

impl Quantile {
    /// The quantile `q`: 0 is the smallest value, 0.5 the median, 1 the largest.
    ///
    /// # Errors
    /// When `q` is not within 0 to 1.
    pub fn new(q: f64) -> Result<Self, Error> {
        // Adding 0.0 turns -0.0 into 0.0, which prints without a sign.
        if (0.0..=1.0).contains(&q) {
            Ok(Self { q: q + 0.0 })
        } else {
            Err(Error::InvalidQuantile { value: q })
        }
    }

    /// The fraction of the values that lie below the quantile.
    pub fn q(self) -> f64 {
        self.q
    }
}

impl Pool for Quantile {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        // NaN has no place in the order of the values.
        if map.values().iter().any(|v| v.is_nan()) {
            return f64::NAN;
        }
        let mut values = map.values().to_vec();
        // The quantile lies between the values number `place` and `place + 1` of the sorted map.
        // Selecting the first and the minimum of the rest avoids sorting.
        let place = self.q * (values.len() - 1) as f64;
        let (_, low, above) = values.select_nth_unstable_by(place as usize, f32::total_cmp);
        let low = f64::from(*low);
        match above.iter().copied().min_by(f32::total_cmp) {
            Some(high) => interpolate(low, high.into(), place.fract()),
            None => low,
        }
    }
}

/// Interpolates linearly between `low` (`t` = 0) and `high` (`t` = 1), from the nearer end as numpy
/// does.
fn interpolate(low: f64, high: f64, t: f64) -> f64 {
    if t == 0.0 || low == high {
        low
    } else if t < 0.5 {
        low + (high - low) * t
    } else {
        high - (high - low) * (1.0 - t)
    }
}

/// Uses the provided method: a quantile needs the whole map.
impl PairPool for Quantile {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{self, Images};

    fn quantile(q: f64, values: &[f32]) -> f64 {
        Quantile::new(q)
            .unwrap()
            .pool(ErrorMap::new(values, values.len(), 1).unwrap())
    }

    // Computed with `numpy.quantile(numpy.array(values, float64), q)`.
    #[test]
    #[expect(clippy::unreadable_literal, reason = "as numpy prints them")]
    fn values_of_numpy() {
        let values = [0.5, -1.0, 3.25, 2.0, 8.0, 0.125, 4.0];
        for (q, expected) in [
            (0.0, -1.0),
            (0.01, -0.9325),
            (0.25, 0.3125),
            (0.3, 0.42499999999999993),
            (0.5, 2.0),
            (0.77, 3.715),
            (0.99, 7.759999999999998),
            (1.0, 8.0),
        ] {
            assert_eq!(quantile(q, &values), expected, "{q}");
        }
    }

    #[test]
    fn ends_and_infinities() {
        assert_eq!(quantile(0.3, &[2.5]), 2.5);
        assert_eq!(quantile(0.0, &[2.0, f32::INFINITY]), 2.0);
        assert_eq!(quantile(0.5, &[f32::INFINITY; 4]), f64::INFINITY);
    }

    #[test]
    fn shares_that_are_none_are_refused() {
        for q in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                Quantile::new(q),
                Err(Error::InvalidQuantile { .. })
            ));
        }
        assert_eq!(Quantile::new(-0.0).unwrap().q().to_string(), "0");
    }

    #[test]
    fn a_nan_anywhere_gives_nan() {
        reference::assert_nan_propagates(&Quantile::new(0.5).unwrap());
        reference::assert_nan_propagates(&Quantile::new(0.0).unwrap());
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(
            images in Images::any(), (distance, channels) in reference::any_mode(), q in 0.0_f64..=1.0,
        ) {
            let plain = |map: &[f64], _| {
                let mut sorted = map.to_vec();
                sorted.sort_by(f64::total_cmp);
                let place = q * (sorted.len() - 1) as f64;
                let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
                low + (high - low) * place.fract()
            };
            reference::assert_agrees(&Quantile::new(q).unwrap(), &images, distance, channels, plain)?;
        }
    }
}
