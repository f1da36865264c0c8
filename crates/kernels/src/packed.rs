use crate::engine::{Direction, Panels};
use crate::geometry::Geometry;
use crate::simd::Simd;

/// Weights in the order that a layer's forward step reads them. Made by [`Conv::pack`](crate::Conv::pack) or
/// [`ConvTranspose::pack`](crate::ConvTranspose::pack): once for a layer that only scores, before every step of one
/// that learns.
#[derive(Debug, Clone)]
pub struct Packed {
    pub(crate) geometry: Geometry,
    pub(crate) direction: Direction,
    pub(crate) simd: Simd,
    pub(crate) weights: Weights,
}

#[derive(Debug, Clone)]
pub(crate) enum Weights {
    Panels(Panels),
    /// As they were given: for layers with groups.
    Plain(Vec<f32>),
}
