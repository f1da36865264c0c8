//! Weights transformed to frequencies, in the order in which the products read them.
//!
//! ```text
//! layer    [small channel][big channel][tap]                            as PyTorch and Burn keep them
//! panels   [panel][frequency][input group and channel][output group and channel]
//! ```
//!
//! A group whose products with the columns of a panel are zero at a frequency has no rows there: see
//! [`PanelRows`](super::panel_rows::PanelRows).
#![allow(unsafe_code)]

use super::filter::{Filter, FilterKind, FourOfThree, FourOfTwo, ThreeOfTwo, TwoOfThree, TwoOfTwo};
use super::plan::WinogradPlan;
use super::taps::{MOST_TAPS, PairEnd};
use crate::engine::panels::Panels;
use crate::partition::part_range;
use crate::simd::Simd;
use crate::threads::run_parallel;
use crate::writer::Writer;

/// Columns of a panel that are transformed together: a loop over so many is compiled to vectors.
pub(super) const COLUMNS: usize = 16;
/// Tasks that the weights are cut into.
const TASKS: usize = 16;

/// The values of a tap or of a frequency, one for each of some columns.
type Column = [f64; COLUMNS];

/// Most columns of a panel.
const PANEL_COLUMNS: usize = 64;

impl WinogradPlan {
    /// Transforms and packs weights `[small, big, taps]` into the memory of `panels`.
    pub(crate) fn pack(&self, weights: &[f32], mut panels: Panels) -> Panels {
        let input = self.layout.input;
        let channels = input.volumes.channels();
        let columns = self.layout.output.width();
        let rows = self.panels.iter().map(|panel| panel.count).max();
        let rows = rows.unwrap_or_default();
        panels.reset_size(columns, rows, self.simd);
        let count = panels.panel_count();
        let lanes = self.simd.lanes();
        let width = panels.panel_at(0).wide;
        let parts = TASKS.div_ceil(count).min(channels);
        let places = &self.places;
        let writer = Writer::new(panels.values_mut());
        run_parallel(count * parts, &|task, _| {
            let (panel, part) = (task / parts, task % parts);
            let start = panel * width;
            let valid = (columns - start).min(width);
            let wide = valid.next_multiple_of(lanes);
            let values = writer.pointer(start * rows, rows * wide);
            let mut ends = [PairEnd::default(); PANEL_COLUMNS];
            for (column, end) in ends[..valid].iter_mut().enumerate() {
                *end = places.output_end(start + column);
            }
            // All groups of a channel use the same weights: they come in turn, while these weights are in the cache.
            let rows_of_part = part_range(channels, parts, part)
                .flat_map(|channel| (0..input.group_count()).map(move |group| (group, channel)));
            for (group, channel) in rows_of_part {
                let pairs = &weights[places.input_start(channel)..];
                for first in (0..wide).step_by(COLUMNS) {
                    let count = COLUMNS.min(wide - first);
                    let mut taps = [[0.0; COLUMNS]; MOST_TAPS * MOST_TAPS];
                    let ends = &ends[first..(first + count).min(valid).max(first)];
                    for (column, end) in ends.iter().enumerate() {
                        let pair = &pairs[end.start..][..places.pair_len()];
                        let offsets = places.tap_offsets(group, end.group);
                        for (tap, offset) in taps.iter_mut().zip(offsets) {
                            tap[column] = offset.map_or(0.0, |offset| f64::from(pair[offset]));
                        }
                    }
                    let place = RowPlace {
                        values,
                        rows: &self.panels[panel].groups[group],
                        channel,
                        wide,
                        first,
                        count,
                    };
                    // SAFETY: the machine has the instruction set. The panel has `wide` values in the row of every channel, and no other
                    // task writes those of this channel.
                    unsafe { write_frequencies(self.filter, self.simd, &taps, &place) };
                }
            }
        });
        panels
    }
}

/// Where the transformed columns of a channel are written.
pub(super) struct RowPlace<'a> {
    /// The values of the panel.
    values: *mut f32,
    /// For each frequency the row of the group's first channel.
    rows: &'a [Option<usize>],
    channel: usize,
    /// Columns of the panel, the first one that is written, and how many.
    wide: usize,
    first: usize,
    count: usize,
}

/// Writes the taps of some columns at their frequencies, computed in double precision and rounded once.
#[inline(always)]
unsafe fn transform_columns<
    F: Filter<IN, OUT, TAPS>,
    const IN: usize,
    const OUT: usize,
    const TAPS: usize,
>(
    taps: &[Column; MOST_TAPS * MOST_TAPS],
    place: &RowPlace<'_>,
) {
    // Each row of taps first, then each column of the result.
    let mut half = [[[0.0; COLUMNS]; TAPS]; IN];
    for right in 0..TAPS {
        for (point, half) in half.iter_mut().enumerate() {
            for down in 0..TAPS {
                add_scaled(
                    &mut half[right],
                    F::POINTS[point][down],
                    &taps[down * TAPS + right],
                );
            }
        }
    }
    for (down, half) in half.iter().enumerate() {
        for right in 0..IN {
            let Some(row) = place.rows[down * IN + right] else {
                continue;
            };
            let mut value = [0.0; COLUMNS];
            for (factor, half) in F::POINTS[right].iter().zip(half) {
                add_scaled(&mut value, *factor, half);
            }
            let rounded = value.map(|value| value as f32);
            // SAFETY: the caller guarantees the row of this channel.
            unsafe {
                let to = place
                    .values
                    .add((row + place.channel) * place.wide + place.first);
                std::ptr::copy_nonoverlapping(rounded.as_ptr(), to, place.count);
            }
        }
    }
}

#[inline(always)]
fn add_scaled(sum: &mut Column, factor: f64, values: &Column) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += factor * value;
    }
}

/// The sums of some columns at every frequency, in several parts.
pub(super) struct ColumnSums<'a> {
    /// From the first column at the first frequency of the first part on.
    pub(super) sums: &'a [f32],
    /// Values from one frequency to the next, and from one part to the next.
    pub(super) plane: usize,
    pub(super) part: usize,
    pub(super) parts: usize,
    /// Columns.
    pub(super) count: usize,
}

impl ColumnSums<'_> {
    /// The sums at a frequency over all parts.
    #[inline(always)]
    fn at(&self, frequency: usize) -> Column {
        let mut sum = [0.0; COLUMNS];
        for part in 0..self.parts {
            let values = &self.sums[part * self.part + frequency * self.plane..];
            if let (COLUMNS, Some(values)) = (self.count, values.first_chunk::<COLUMNS>()) {
                add_scaled(&mut sum, 1.0, &values.map(f64::from));
            } else {
                for (sum, value) in sum.iter_mut().zip(&values[..self.count]) {
                    *sum += f64::from(*value);
                }
            }
        }
        sum
    }
}

/// The gradient of the taps from the sums at every frequency: the transposed map of [`transform_columns`].
#[inline(always)]
unsafe fn gather_columns<
    F: Filter<IN, OUT, TAPS>,
    const IN: usize,
    const OUT: usize,
    const TAPS: usize,
>(
    sums: &ColumnSums<'_>,
    taps: &mut [[f32; COLUMNS]; MOST_TAPS * MOST_TAPS],
) {
    let mut half = [[[0.0; COLUMNS]; TAPS]; IN];
    for (down, half) in half.iter_mut().enumerate() {
        for right in 0..IN {
            let value = sums.at(down * IN + right);
            for (tap, half) in half.iter_mut().enumerate() {
                add_scaled(half, F::POINTS[right][tap], &value);
            }
        }
    }
    for right in 0..TAPS {
        for down in 0..TAPS {
            let mut tap = [0.0; COLUMNS];
            for (point, half) in half.iter().enumerate() {
                add_scaled(&mut tap, F::POINTS[point][down], &half[right]);
            }
            taps[down * TAPS + right] = tap.map(|tap| tap as f32);
        }
    }
}

/// A function that calls a generic one with the filter of a kind, compiled for an instruction set.
macro_rules! with_filter {
    ($name:ident calls $generic:ident, $($argument:ident: $type:ty),*) => {
        /// # Safety
        /// The machine has the instruction set, and what the generic function asks for.
        pub(super) unsafe fn $name(filter: FilterKind, simd: Simd, $($argument: $type),*) {
            #[inline(always)]
            unsafe fn choose(filter: FilterKind, $($argument: $type),*) {
                // SAFETY: guaranteed by the caller.
                unsafe {
                    match filter {
                        FilterKind::TwoOfTwo => $generic::<TwoOfTwo, 3, 2, 2>($($argument),*),
                        FilterKind::ThreeOfTwo => $generic::<ThreeOfTwo, 4, 3, 2>($($argument),*),
                        FilterKind::FourOfTwo => $generic::<FourOfTwo, 5, 4, 2>($($argument),*),
                        FilterKind::TwoOfThree => $generic::<TwoOfThree, 4, 2, 3>($($argument),*),
                        FilterKind::FourOfThree => $generic::<FourOfThree, 6, 4, 3>($($argument),*),
                    }
                }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq")]
            unsafe fn avx512(filter: FilterKind, $($argument: $type),*) {
                // SAFETY: guaranteed by the caller.
                unsafe { choose(filter, $($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            unsafe fn avx2(filter: FilterKind, $($argument: $type),*) {
                // SAFETY: guaranteed by the caller.
                unsafe { choose(filter, $($argument),*) }
            }
            // SAFETY: guaranteed by the caller.
            unsafe {
                match simd {
                    #[cfg(target_arch = "x86_64")]
                    Simd::Avx512 => avx512(filter, $($argument),*),
                    #[cfg(target_arch = "x86_64")]
                    Simd::Avx2 => avx2(filter, $($argument),*),
                    _ => choose(filter, $($argument),*),
                }
            }
        }
    };
}

with_filter!(
    write_frequencies calls transform_columns,
    taps: &[Column; MOST_TAPS * MOST_TAPS],
    place: &RowPlace<'_>
);
with_filter!(
    gather_taps calls gather_columns,
    sums: &ColumnSums<'_>,
    taps: &mut [[f32; COLUMNS]; MOST_TAPS * MOST_TAPS]
);
