//! One pass over an error map, whether it lies in memory or is implied by a pair of images.
//!
//! A [`Source`] yields the map's values in blocks, a [`Kernel`] reduces them, and [`over_map`] and
//! [`over_pair`] bring the two together under the widest registers of the machine. Blocks have the same
//! number of lanes everywhere and nothing is contracted, so every platform gives the same bits.
#![expect(clippy::inline_always, reason = "what is not inlined under the dispatch loses the wide registers")]

mod columns;
mod fill;
mod greatest;
mod patch_sums;
mod root;
mod source;
mod total;

pub(crate) use fill::Fill;
pub(crate) use greatest::Greatest;
pub(crate) use patch_sums::PatchSums;
pub(crate) use root::SumOfSquares;
use source::{LANES, Source};
pub(crate) use total::Total;

use oddframe_core::ErrorMap;
use pulp::{Arch, NullaryFnOnce};
use source::{AbsoluteError, Added, Largest, Magnitudes, Measure, Plane, SquaredError};

use crate::{Channels, Distance, Pair};

/// A reduction of a map's values.
pub(crate) trait Kernel {
    /// What comes out.
    type Output;

    /// Reduces the values. Must be `#[inline(always)]`, as must be all that it calls in its loops.
    fn run<S: Source>(self, source: S) -> Self::Output;
}

/// Reduces a map in memory.
pub(crate) fn over_map<K: Kernel>(kernel: K, map: ErrorMap<'_>) -> K::Output {
    launch(kernel, map.values())
}

/// Reduces the magnitudes of a map in memory.
pub(crate) fn over_magnitudes<K: Kernel>(kernel: K, map: ErrorMap<'_>) -> K::Output {
    launch(kernel, Magnitudes(map.values()))
}

/// Reduces the map that a pair implies.
///
/// [`Channels::Mean`] yields the sum over the channels: all pools scale with their map, so that they divide
/// their one result instead of every pixel.
pub(crate) fn over_pair<K: Kernel>(
    kernel: K,
    pair: Pair<'_>,
    distance: Distance,
    channels: Channels,
) -> K::Output {
    match distance {
        Distance::Squared => measured(kernel, pair, SquaredError, channels),
        Distance::Absolute => measured(kernel, pair, AbsoluteError, channels),
    }
}

fn measured<K: Kernel, M: Measure>(kernel: K, pair: Pair<'_>, measure: M, channels: Channels) -> K::Output {
    match channels {
        _ if pair.channels() == 1 => launch(kernel, Plane::new(pair, measure)),
        Channels::Max => launch(kernel, Largest::new(pair, measure)),
        Channels::Mean | Channels::Sum => launch(kernel, Added::new(pair, measure)),
    }
}

fn launch<K: Kernel, S: Source>(kernel: K, source: S) -> K::Output {
    Arch::new().dispatch(Launch { kernel, source })
}

/// A closure would do, if closures could be told to inline.
struct Launch<K, S> {
    kernel: K,
    source: S,
}

impl<K: Kernel, S: Source> NullaryFnOnce for Launch<K, S> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.kernel.run(self.source)
    }
}
