//! The fast path of ungrouped convolutions.
//!
//! # Two kinds of sums
//! A gather and a spread are the same operation seen from the output: every output position sums, over the taps that
//! reach it, the products of the channels it reads with the weights of the tap ([`sums`], [`fold`]). The gradient of the
//! weights sums over positions instead: every tap sums the products of the channels that it connects ([`outer`],
//! [`product`]). [`plan`] selects one of the two forms by the shape of the layer. Where there are many channels, both run
//! with fewer products: see [`winograd`].
//!
//! # The tile
//! All loops end in the same inner loop ([`micro`]), which computes a tile of six positions by up to four vectors of
//! output channels and keeps its sums in registers:
//!
//! ```text
//!                     weights of one tap and input channel
//!                     | vector 0 | vector 1 | ...            loaded once, used for six positions
//! position 0   x[0] * |   sum    |   sum    |
//! position 1   x[1] * |   sum    |   sum    |                each x[m] is loaded once and broadcast
//!   ...          ...  |   ...    |   ...    |
//! position 5   x[5] * |   sum    |   sum    |
//! ```
//!
//! Twelve to twenty-four independent sums hide the latency of the fused multiply-add, and every loaded value takes part
//! in several of them.
//!
//! # The data around it
//! * [`pack`] reorders the weights into [`panels`], so that the inner loop reads them front to back.
//! * [`pass`] lists the taps of each output position. A spread with stride s has s sets of output positions along an axis,
//!   each with its own taps; each set is a pass of its own, and no product with an inserted zero is ever computed.
//! * [`tables`] turns positions and taps into pointers. A tap that lies in the padding for all six positions of a tile is
//!   left out of the table; where only some positions are in the padding, those read zeros.
//! * [`source`] pads rows for images of few channels, so that a row of taps is read as one long run.
//!
//! Blocks, tasks and parts of sums depend on the shape of the layer alone, not on the number of threads, so every sum adds
//! the same products in the same order on any machine with the same instruction set.

mod fold;
mod method;
mod micro;
mod outer;
mod pack;
mod panels;
mod pass;
mod plan;
mod product;
mod scratch;
mod source;
mod sums;
mod tables;
mod winograd;

pub use method::ConvMethod;
pub(crate) use method::Packing;
pub(crate) use micro::{Epilogue, load_partial, store_partial};
pub(crate) use panels::Panels;
pub(crate) use plan::{ConvPlan, WeightGradientPlan};
pub(crate) use scratch::EngineScratch;
pub use winograd::WinogradTile;
