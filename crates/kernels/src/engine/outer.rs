//! The gradient of the weights as sums of outer products.
//!
//! For a tap, the gradient of its `big channels x small channels` weights is the sum, over all positions that the tap
//! connects, of the outer product of the channels on both sides. Positions go in chunks of 96, so that both sides stay in
//! the caches while the tiles of all big channels pass over them.
//!
//! A layer with few weights and many positions (the first layer of an autoencoder) has too few tiles for many threads. Its
//! positions are cut into up to eight parts with sums of their own, which are added in order at the end.
#![allow(unsafe_code)]

use std::ops::Range;

use super::micro::{Kernels, OuterTile, ROWS};
use super::pass::{Pass, list_passes};
use super::scratch::EngineScratch;
use super::source::{Source, pad_rows};
use super::tables::{Pairs, Tables, TablesCapacity};
use crate::aligned::Aligned;
use crate::geometry::{Direction, Geometry};
use crate::partition::part_range;
use crate::simd::Simd;
use crate::threads::run_parallel;
use crate::writer::Writer;

/// Positions whose products are summed before a tile is stored. Under Miri chunks are small, so that a small layer has
/// several.
pub(super) const CHUNK: usize = if cfg!(miri) { 8 } else { 96 };
/// Parts that the positions are cut into where there are few weights. A constant: the cut must not depend on the number of
/// threads.
const PARTS: usize = 8;

/// The plan of a weight gradient.
#[derive(Debug, Clone)]
pub(crate) struct OuterPlan {
    geometry: Geometry,
    source: Source,
    pads_rows: bool,
    pass: Pass,
    kernel: [usize; 3],
    parts: usize,
    simd: Simd,
    /// Small channels of a panel.
    width: usize,
    panels: usize,
}

impl OuterPlan {
    pub(crate) fn new(geometry: &Geometry, simd: Simd) -> Self {
        let mut pass = list_passes(geometry, Direction::Gather).swap_remove(0);
        let mut kernel = geometry.window.kernel;
        let padded = Source::with_padded_rows(geometry);
        if padded.is_some() {
            Source::merge_row_taps(&mut pass);
            kernel[2] = 1;
        }
        let channels = geometry.small.channels();
        let width = simd.panel_width(channels);
        let panels = channels.div_ceil(width);
        // Panels are tasks already; the positions are cut only as far as panels are missing, and into no more parts
        // than there are chunks.
        let parts = PARTS
            .div_ceil(panels)
            .min(geometry.small.positions().div_ceil(CHUNK));
        let source = padded.unwrap_or(Source::unpadded(geometry.big));
        Self {
            geometry: *geometry,
            source,
            pads_rows: padded.is_some(),
            pass,
            kernel,
            parts,
            simd,
            width,
            panels,
        }
    }

    /// Rows of taps; a task sums one of them.
    fn tap_rows(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Number of sums of one part.
    fn part_len(&self) -> usize {
        self.geometry.window.taps() * self.geometry.big.channels() * self.geometry.small.channels()
    }

    /// Writes `dw[small][big][tap]` from the values on the big and on the small grid.
    pub(crate) fn sum_products(
        &self,
        big: &[f32],
        small: &[f32],
        dw: &mut [f32],
        scratch: &mut EngineScratch,
    ) {
        let geometry = &self.geometry;
        // The tiles read and write through pointers; the lengths that they rely on are checked here, once.
        assert!(
            big.len() == geometry.big.len()
                && small.len() == geometry.small.len()
                && dw.len() == self.part_len()
        );
        let EngineScratch {
            padded,
            partial,
            tables,
            ..
        } = scratch;
        let big = if self.pads_rows {
            pad_rows(big, geometry.big, self.source.grid, padded);
            &**padded
        } else {
            big
        };
        let partial = partial.resize(self.parts * self.part_len());
        let writer = Writer::new(partial);
        let tables = &*tables;
        let wide = self.width.next_multiple_of(self.simd.lanes());
        tables.reserve(&TablesCapacity {
            pairs: CHUNK,
            right: CHUNK * wide,
            ..TablesCapacity::default()
        });
        let tap_rows = self.tap_rows();
        run_parallel(self.parts * self.panels * tap_rows, &|task, thread| {
            let (tap_row, rest) = (task % tap_rows, task / tap_rows);
            let (part, panel) = (rest % self.parts, rest / self.parts);
            // Each task owns one row of taps of one panel in one part: its sums are a contiguous range of `partial`.
            let run = TapRowSum {
                plan: self,
                big,
                small,
                tap_row,
                panel,
            };
            run.sum_part(part, writer, &mut tables.lock(thread));
        });
        add_parts(self, partial, dw);
    }
}

/// The sums of one row of taps for one panel of small channels.
struct TapRowSum<'a> {
    plan: &'a OuterPlan,
    big: &'a [f32],
    small: &'a [f32],
    tap_row: usize,
    panel: usize,
}

impl TapRowSum<'_> {
    /// Sums over one part of the positions.
    fn sum_part(&self, part: usize, writer: Writer<'_>, tables: &mut Tables) {
        let plan = self.plan;
        let positions = plan.geometry.small.positions();
        let channels = plan.geometry.small.channels();
        let Range {
            start: from,
            end: to,
        } = part_range(positions, plan.parts, part);
        let start = self.panel * plan.width;
        let valid = (channels - start).min(plan.width);
        let depth = plan.source.depth;
        // The sums are stored as [part][panel][tap row][tap of the row][big channel][small channel of the panel].
        let row_len = plan.kernel[2] * depth * valid;
        let first =
            part * plan.part_len() + start * (plan.part_len() / channels) + self.tap_row * row_len;
        // SAFETY: a task has its own part, panel and row of taps.
        let sums = unsafe { writer.part(first, row_len) };
        let kernels = Kernels::for_simd(plan.simd);
        let blocks = depth.div_ceil(ROWS);
        let vectors = valid.div_ceil(plan.simd.lanes());
        let wide = vectors * plan.simd.lanes();
        // Chunk by chunk: the right sides are copied once for all taps of the row, then every tap and every block of
        // big channels passes over the chunk. From the second chunk on the tiles continue their stored sums.
        let mut at = from;
        while at < to {
            let end = (at + CHUNK).min(to);
            let Tables { pairs, right, .. } = tables;
            self.copy_right_sides(at..end, start, valid, wide, right);
            for tap in 0..plan.kernel[2] {
                self.list_pairs(at..end, tap, (right, wide), pairs);
                for block in 0..blocks {
                    let rows = part_range(depth, blocks, block);
                    let tile = OuterTile {
                        pairs: pairs.as_ptr(),
                        count: pairs.len(),
                        left_start: rows.start,
                        out: sums[(tap * depth + rows.start) * valid..].as_mut_ptr(),
                        out_stride: valid,
                        valid,
                        resume: at != from,
                    };
                    // SAFETY: the machine has `simd`; pairs point to positions with `depth` and `wide` values, and
                    // `sums` has `valid` values for each of the block's rows.
                    unsafe { kernels.outer[rows.len() - 1][vectors - 1](&tile) };
                }
            }
            at = end;
        }
    }

    /// Copies the panel's channels of the small side, padded to whole vectors.
    fn copy_right_sides(
        &self,
        positions: Range<usize>,
        start: usize,
        valid: usize,
        wide: usize,
        right: &mut Aligned,
    ) {
        let channels = self.plan.geometry.small.channels();
        let rows = right.resize(positions.len() * wide).chunks_exact_mut(wide);
        for (row, position) in rows.zip(positions) {
            row[..valid].copy_from_slice(&self.small[position * channels + start..][..valid]);
            row[valid..].fill(0.0);
        }
    }

    /// Lists the pointers to both sides for a tap, at the positions where the tap lies on the big grid. Positions in the
    /// padding contribute nothing and are left out.
    fn list_pairs(
        &self,
        positions: Range<usize>,
        tap: usize,
        (right, wide): (&[f32], usize),
        pairs: &mut Pairs,
    ) {
        let plan = self.plan;
        pairs.clear();
        let [z, y, x] = &plan.pass;
        let (tz, ty, tx) = (
            z.taps[self.tap_row / plan.kernel[1]],
            y.taps[self.tap_row % plan.kernel[1]],
            x.taps[tap],
        );
        let [depth, height, width] = plan.geometry.small.size();
        let [in_depth, in_height, in_width] = plan.source.grid.size();
        let big_channels = plan.source.grid.channels();
        let mut at = positions.start;
        while at < positions.end {
            // One row of the small grid at a time: along a row, both sides advance by constant steps.
            let column = at % width;
            let row_end = (at - column + width).min(positions.end);
            let (n, qz, qy) = (
                at / (width * height * depth),
                at / (width * height) % depth,
                at / width % height,
            );
            if let (Some(iz), Some(iy)) = (
                z.input_position(qz, tz, in_depth),
                y.input_position(qy, ty, in_height),
            ) {
                let base = ((n * in_depth + iz) * in_height + iy) * in_width;
                let columns = x.outputs_inside(column..column + row_end - at, tx, in_width);
                if let Some(first) = x
                    .input_position(columns.start, tx, in_width)
                    .filter(|_| !columns.is_empty())
                {
                    let left = self.big[(base + first) * big_channels..].as_ptr();
                    let right =
                        right[(at + columns.start - column - positions.start) * wide..].as_ptr();
                    let step = x.scale * big_channels;
                    pairs.extend(
                        (0..columns.len())
                            .map(|i| (left.wrapping_add(i * step), right.wrapping_add(i * wide))),
                    );
                }
            }
            at = row_end;
        }
    }
}

/// Small channels that are copied together: a cache line of sums is read as a whole.
const STRIP: usize = 16;

/// Adds the parts in order and transposes the sums to `[small][big][tap]`.
fn add_parts(plan: &OuterPlan, partial: &[f32], dw: &mut [f32]) {
    let (big, channels) = (plan.geometry.big.channels(), plan.geometry.small.channels());
    let taps = plan.geometry.window.taps();
    let per_channel = big * taps;
    let part_len = plan.part_len();
    let writer = Writer::new(dw);
    // Where there are several panels, each is a whole number of strips.
    let wide = STRIP.min(plan.width);
    run_parallel(channels.div_ceil(wide), &|strip, _| {
        let (from, to) = (strip * wide, ((strip + 1) * wide).min(channels));
        let count = to - from;
        // SAFETY: a task has its own small channels.
        let out = unsafe { writer.part(from * per_channel, count * per_channel) };
        let start = from / plan.width * plan.width;
        let valid = (channels - start).min(plan.width);
        for b in 0..big {
            for tap in 0..taps {
                let row = start * per_channel + (tap * big + b) * valid + from - start;
                let mut sums = [0.0; STRIP];
                sums[..count].copy_from_slice(&partial[row..row + count]);
                for part in 1..plan.parts {
                    let more = &partial[part * part_len + row..][..count];
                    sums.iter_mut()
                        .zip(more)
                        .for_each(|(sum, more)| *sum += more);
                }
                for (to, sum) in out[b * taps + tap..]
                    .iter_mut()
                    .step_by(per_channel)
                    .zip(&sums[..count])
                {
                    *to = *sum;
                }
            }
        }
    });
}
