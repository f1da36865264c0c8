//! Regions of the picture: areas to ignore, and areas outside which everything is ignored.
//!
//! ```text
//! Region (a polygon) ─┐
//! Region              ├─▶ Regions ─▶ a Mask for a frame size ─▶ Masked, MaskedStream: paint those pixels
//! …                  ─┘
//! ```

mod masked;
mod polygon;
mod region;
mod set;
mod wildcard;

pub use masked::{Masked, MaskedStream};
pub use region::{Region, RegionUnit};
pub use set::Regions;

#[cfg(test)]
mod tests;
