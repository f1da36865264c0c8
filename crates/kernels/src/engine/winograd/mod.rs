//! Convolutions with fewer products, by the minimal filtering of S. Winograd (A. Lavin and S. Gray, Fast Algorithms for
//! Convolutional Neural Networks, 2016).
//!
//! ```text
//! pixels of a tile ──sums and differences──▶ frequencies ─┐
//!                                                         ├─ × ─▶ summed over the channels ──▶ pixels of a tile
//! taps ─────────────sums and differences──▶  frequencies ─┘       (a matrix product for each frequency)
//! ```
//!
//! | taps | outputs of a tile | products (directly) | weights (directly) |
//! |------|-------------------|---------------------|--------------------|
//! | 3x3  | 2x2               | 16 (36)             | 16 (9)             |
//! | 3x3  | 4x4               | 36 (144)            | 36 (9)             |
//! | 2x2  | 2x2               | 9 (16)              | 9 (4)              |
//! | 2x2  | 3x3               | 16 (36)             | 16 (4)             |
//! | 2x2  | 4x4               | 25 (64)             | 25 (4)             |
//!
//! A window of 4 by 4 with stride 2 is four windows of 2 by 2 with stride 1: see [`layout::Side`], also for 3 by 3 with
//! stride 2 and for volumes.

mod filter;
mod gradient;
mod layout;
mod pack;
mod panel_rows;
mod plan;
mod run;
mod strip;
mod taps;
#[cfg(test)]
mod tests;
mod tile;

pub use filter::WinogradTile;
pub(crate) use gradient::WinogradGradientPlan;
pub(crate) use plan::WinogradPlan;
