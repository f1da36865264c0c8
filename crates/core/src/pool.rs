use crate::ErrorMap;

/// Reduces the error map of a frame to one number.
///
/// Pixels are `f32`, scores `f64`: sums are accumulated in `f64`, so that the order of summation changes only the last
/// digits of a score.
pub trait Pool: Send + Sync {
    /// Pools a map. The result is NaN when the map contains NaN.
    fn pool(&self, map: ErrorMap<'_>) -> f64;
}
