//! Reduces an error map to a number in one pass, whether the map lies in memory or is implied by a
//! pair of images.
//!
//! A [`Source`] yields the map's values in blocks, and a [`Kernel`] reduces them. [`reduce_map`]
//! and [`reduce_pair`] combine the two and compile them for the CPU's widest registers:
//!
//! ```text
//! map in memory ───────────────▶ &[f32], Magnitudes ─┐
//! image and reconstruction                           ├─▶ Kernel: Total, Greatest, SumOfSquares, PatchSums, Fill
//!   1 channel  ────────────────▶ Plane ──────────────┤
//!   several, summed or largest ─▶ Added, Largest ────┘
//! ```
//!
//! The blocks have the same number of lanes on every platform, and no multiplication and addition
//! are fused, so that every platform computes the same bits.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

mod column_sums;
mod fill;
mod greatest;
mod patch_sums;
mod source;
mod sums;

use oddframe_core::ErrorMap;
use pulp::{Arch, NullaryFnOnce};

pub(crate) use self::fill::Fill;
pub(crate) use self::greatest::Greatest;
pub(crate) use self::patch_sums::PatchSums;
use self::source::{
    AbsoluteError, Added, Kernel, Largest, Magnitudes, Measure, Plane, Source, SquaredError,
};
pub(crate) use self::sums::{SumOfSquares, Total};
use crate::{Channels, Distance, Pair};

/// Reduces a map in memory.
pub(crate) fn reduce_map<K: Kernel>(kernel: K, map: ErrorMap<'_>) -> K::Output {
    dispatch_kernel(kernel, map.values())
}

/// Reduces the absolute values of a map in memory.
pub(crate) fn reduce_magnitudes<K: Kernel>(kernel: K, map: ErrorMap<'_>) -> K::Output {
    dispatch_kernel(kernel, Magnitudes(map.values()))
}

/// Reduces the error map of a pair without building it.
///
/// [`Channels::Mean`] yields the *sum* over the channels. All pools scale linearly with their map,
/// so that the caller divides the one result by the number of channels instead of dividing every
/// pixel.
pub(crate) fn reduce_pair<K: Kernel>(
    kernel: K,
    pair: Pair<'_>,
    distance: Distance,
    channels: Channels,
) -> K::Output {
    match distance {
        Distance::Squared => reduce_measured(kernel, pair, SquaredError, channels),
        Distance::Absolute => reduce_measured(kernel, pair, AbsoluteError, channels),
    }
}

/// Picks the source for a pair: a single channel needs no combination of channels.
fn reduce_measured<K: Kernel, M: Measure>(
    kernel: K,
    pair: Pair<'_>,
    measure: M,
    channels: Channels,
) -> K::Output {
    match channels {
        // With one channel mean, maximum and sum are the same.
        _ if pair.channels() == 1 => dispatch_kernel(kernel, Plane::new(pair, measure)),
        Channels::Max => dispatch_kernel(kernel, Largest::new(pair, measure)),
        Channels::Mean | Channels::Sum => dispatch_kernel(kernel, Added::new(pair, measure)),
    }
}

fn dispatch_kernel<K: Kernel, S: Source>(kernel: K, source: S) -> K::Output {
    Arch::new().dispatch(DispatchKernel { kernel, source })
}

/// A struct instead of a closure, because a closure cannot be marked `#[inline(always)]`.
struct DispatchKernel<K, S> {
    kernel: K,
    source: S,
}

impl<K: Kernel, S: Source> NullaryFnOnce for DispatchKernel<K, S> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.kernel.reduce(self.source)
    }
}
