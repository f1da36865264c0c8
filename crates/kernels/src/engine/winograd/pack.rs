//! Weights transformed to frequencies, in the order in which the products read them.
//!
//! ```text
//! layer    [small channel][big channel][tap]                            as PyTorch and Burn keep them
//! panels   [panel][frequency][input group and channel][output group and channel]
//! ```
//!
//! Every frequency has one row more than it needs. Without it, the frequencies would often lie a power of two apart, and
//! thus compete for the same few lines of the cache while they are written.
#![allow(unsafe_code)]

use super::WinogradPlan;
use super::filter::{Filter, FilterKind, FourOfThree, FourOfTwo, ThreeOfTwo, TwoOfThree, TwoOfTwo};
use super::taps::{GroupPoints, MOST_TAPS, PairEnd};
use crate::engine::pack::Panels;
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

/// Transforms weights `[small, big, taps]` into the memory of `panels`.
pub(super) fn pack_weights(plan: &WinogradPlan, weights: &[f32], mut panels: Panels) -> Panels {
    let input = plan.layout.input;
    let channels = input.volumes.channels();
    let (rows, columns) = (plan.panel_rows(), plan.layout.output.width());
    let frequencies = plan.frequencies();
    panels.reset_size(columns, frequencies * rows, plan.simd);
    let count = panels.panel_count();
    let lanes = plan.simd.lanes();
    let width = panels.panel_at(0).vectors * lanes;
    let parts = TASKS.div_ceil(count).min(channels);
    let places = &plan.places;
    let writer = Writer::new(panels.values_mut());
    run_parallel(count * parts, &|task, _| {
        let (panel, part) = (task / parts, task % parts);
        let start = panel * width;
        let valid = (columns - start).min(width);
        let wide = valid.next_multiple_of(lanes);
        let mut ends = [PairEnd::default(); PANEL_COLUMNS];
        for (column, end) in ends[..valid].iter_mut().enumerate() {
            *end = places.output_end(start + column);
        }
        // All groups of a channel come from the same taps, which are read while they are in the cache.
        let rows_of_part = part_range(channels, parts, part).flat_map(|channel| {
            (0..input.group_count()).map(move |group| group * channels + channel)
        });
        for row in rows_of_part {
            let row_end = places.input_end(row);
            for first in (0..wide).step_by(COLUMNS) {
                let count = COLUMNS.min(wide - first);
                let mut taps = [[0.0; COLUMNS]; MOST_TAPS * MOST_TAPS];
                let ends = &ends[first..(first + count).min(valid).max(first)];
                for (column, end) in ends.iter().enumerate() {
                    let pair = &weights[row_end.start + end.start..][..places.pair_len()];
                    let offsets = places.tap_offsets(row_end.group, end.group);
                    for (tap, offset) in taps.iter_mut().zip(offsets) {
                        tap[column] = offset.map_or(0.0, |offset| f64::from(pair[offset]));
                    }
                }
                // Row `row` of every frequency, which no other task writes.
                let place = PanelPlace {
                    to: writer.pointer(
                        start * frequencies * rows + row * wide + first,
                        (frequencies - 1) * rows * wide + count,
                    ),
                    plane: rows * wide,
                    count,
                    points: &plan.panel_points[panel][row_end.group],
                };
                // SAFETY: the machine has the instruction set, and the place has room for `count` values at every
                // frequency.
                unsafe { write_frequencies(plan.filter, plan.simd, &taps, &place) };
            }
        }
    });
    panels
}

impl WinogradPlan {
    /// Rows of a panel from one frequency to the next.
    pub(super) fn panel_rows(&self) -> usize {
        self.layout.input.width() + 1
    }
}

/// Where the transformed columns of one row are written.
pub(super) struct PanelPlace<'a> {
    to: *mut f32,
    /// Values from one frequency to the next.
    plane: usize,
    /// Columns.
    count: usize,
    /// The frequencies that are read.
    points: &'a GroupPoints,
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
    place: &PanelPlace<'_>,
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
    let GroupPoints { rows, columns } = place.points;
    for (down, half) in half.iter().enumerate() {
        if !rows.contains(&down) {
            continue;
        }
        for right in 0..IN {
            if !columns.contains(&right) {
                continue;
            }
            let mut value = [0.0; COLUMNS];
            for (factor, half) in F::POINTS[right].iter().zip(half) {
                add_scaled(&mut value, *factor, half);
            }
            let rounded = value.map(|value| value as f32);
            // SAFETY: the caller guarantees `count` values at every frequency.
            unsafe {
                let to = place.to.add((down * IN + right) * place.plane);
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
    place: &PanelPlace<'_>
);
with_filter!(
    gather_taps calls gather_columns,
    sums: &ColumnSums<'_>,
    taps: &mut [[f32; COLUMNS]; MOST_TAPS * MOST_TAPS]
);
