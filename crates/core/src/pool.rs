use crate::ErrorMap;

/// Turns an error map into the frame's score.
///
/// Pixels are `f32`, scores `f64`: sums are accumulated in `f64`, so that a score does not depend on the
/// order in which a large map was added up beyond the last digits.
pub trait Pool: Send + Sync {
    /// One number for the map. A map with a NaN gives NaN, never a number that hides it.
    fn pool(&self, map: ErrorMap<'_>) -> f64;
}
