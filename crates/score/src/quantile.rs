use oddframe_core::{ErrorMap, Pool};

use crate::{Error, PairPool};

/// The value below which a share of the map's values lies, interpolated between the two nearest (`linear`,
/// the default of `numpy.quantile`).
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
        // Adding zero makes a negative zero an ordinary one, which is how it is printed.
        if (0.0..=1.0).contains(&q) { Ok(Self { q: q + 0.0 }) } else { Err(Error::InvalidQuantile { value: q }) }
    }

    /// The share of the values below.
    pub fn q(self) -> f64 {
        self.q
    }
}

impl Pool for Quantile {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        if map.values().iter().any(|v| v.is_nan()) {
            return f64::NAN;
        }
        let mut values = map.values().to_vec();
        let place = self.q * (values.len() - 1) as f64;
        let (_, low, above) = values.select_nth_unstable_by(place as usize, f32::total_cmp);
        let low = f64::from(*low);
        match above.iter().copied().min_by(f32::total_cmp) {
            Some(high) => between(low, high.into(), place.fract()),
            None => low,
        }
    }
}

/// The value a share `t` of the way from `low` to `high`, reckoned from the nearer end as numpy does.
fn between(low: f64, high: f64, t: f64) -> f64 {
    if t == 0.0 || low == high {
        low
    } else if t < 0.5 {
        low + (high - low) * t
    } else {
        high - (high - low) * (1.0 - t)
    }
}

/// The map is built: its values have to be put in order.
impl PairPool for Quantile {}
