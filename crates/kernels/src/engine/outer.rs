#![allow(unsafe_code)]

use std::ops::Range;

use super::micro::{Kernels, OuterTile, ROWS};
use super::pass::{Direction, Pass, passes};
use super::source::{Source, pad_width};
use super::tables::{Pairs, Room, Tables};
use crate::aligned::Aligned;
use crate::geometry::Geometry;
use crate::share::share;
use crate::simd::Simd;
use crate::threads::parallel;
use crate::workspace::Workspace;
use crate::writer::Writer;

/// Positions whose products are summed before a tile goes back to memory: both sides of them stay in the caches while
/// the tiles pass over them. Miri sees several chunks in a small layer.
pub(super) const CHUNK: usize = if cfg!(miri) { 8 } else { 96 };
/// Parts that the positions are cut into, each with its own sums, where the weights are few; the sums of the parts are
/// added in order, so the result is the same on any number of threads.
const PARTS: usize = 8;

/// How the gradient of the weights is made: products of both sides, summed over the positions of the small grid.
#[derive(Debug, Clone)]
pub(crate) struct OuterPlan {
    geometry: Geometry,
    source: Source,
    merged: bool,
    pass: Pass,
    kernel: [usize; 3],
    parts: usize,
    simd: Simd,
    width: usize,
    panels: usize,
}

impl OuterPlan {
    pub(crate) fn new(geometry: &Geometry, simd: Simd) -> Self {
        let mut pass = passes(geometry, Direction::Gather).swap_remove(0);
        let mut kernel = geometry.window.kernel;
        let merged = Source::merged(geometry);
        if merged.is_some() {
            Source::merge(&mut pass);
            kernel[2] = 1;
        }
        let channels = geometry.small.channels();
        let width = simd.panel_width(channels);
        let panels = channels.div_ceil(width);
        let parts = PARTS.div_ceil(panels).min(geometry.small.positions().div_ceil(CHUNK));
        let source = merged.unwrap_or(Source::plain(geometry.big));
        Self {
            geometry: *geometry,
            source,
            merged: merged.is_some(),
            pass,
            kernel,
            parts,
            simd,
            width,
            panels,
        }
    }

    /// Rows of taps: what one task sums.
    fn tap_rows(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Values of the sums of one part.
    fn part_len(&self) -> usize {
        self.geometry.window.taps() * self.geometry.big.channels() * self.geometry.small.channels()
    }
}

/// `dw[small][big][tap]` from the big and the small side.
pub(crate) fn outer(plan: &OuterPlan, big: &[f32], small: &[f32], dw: &mut [f32], workspace: &mut Workspace) {
    let geometry = &plan.geometry;
    // The tiles read and write through pointers: what they rely on is checked here, once.
    assert!(
        big.len() == geometry.big.len() && small.len() == geometry.small.len() && dw.len() == plan.part_len()
    );
    let Workspace { padded, partial, tables, .. } = workspace;
    let big = if plan.merged {
        pad_width(big, geometry.big, plan.source.grid, padded);
        &**padded
    } else {
        big
    };
    let partial = partial.resize(plan.parts * plan.part_len());
    let writer = Writer::new(partial);
    let tables = &*tables;
    let wide = plan.width.next_multiple_of(plan.simd.lanes());
    tables.reserve(&Room { pairs: CHUNK, right: CHUNK * wide, ..Room::default() });
    let tap_rows = plan.tap_rows();
    parallel(plan.parts * plan.panels * tap_rows, &|task, thread| {
        let (tap_row, rest) = (task % tap_rows, task / tap_rows);
        let (part, panel) = (rest % plan.parts, rest / plan.parts);
        let run = Run { plan, big, small, tap_row, panel };
        run.part(part, writer, &mut tables.of(thread));
    });
    add_parts(plan, partial, dw);
}

/// The sums of one row of taps over one part of the positions, for one panel of small channels.
struct Run<'a> {
    plan: &'a OuterPlan,
    big: &'a [f32],
    small: &'a [f32],
    tap_row: usize,
    panel: usize,
}

impl Run<'_> {
    fn part(&self, part: usize, writer: Writer<'_>, tables: &mut Tables) {
        let plan = self.plan;
        let positions = plan.geometry.small.positions();
        let channels = plan.geometry.small.channels();
        let Range { start: from, end: to } = share(positions, plan.parts, part);
        let start = self.panel * plan.width;
        let valid = (channels - start).min(plan.width);
        let depth = plan.source.depth;
        // Sums lie as [part][panel][tap row][tap of the row][big channel][small channel of the panel].
        let row_len = plan.kernel[2] * depth * valid;
        let first = part * plan.part_len() + start * (plan.part_len() / channels) + self.tap_row * row_len;
        // SAFETY: a task has its own part, panel and row of taps.
        let sums = unsafe { writer.part(first, row_len) };
        let kernels = Kernels::of(plan.simd);
        let blocks = depth.div_ceil(ROWS);
        let vectors = valid.div_ceil(plan.simd.lanes());
        let wide = vectors * plan.simd.lanes();
        let mut at = from;
        while at < to {
            let end = (at + CHUNK).min(to);
            let Tables { pairs, right, .. } = tables;
            self.copy_right(at..end, start, valid, wide, right);
            for tap in 0..plan.kernel[2] {
                self.pairs(at..end, tap, (right, wide), pairs);
                for block in 0..blocks {
                    let rows = share(depth, blocks, block);
                    let tile = OuterTile {
                        pairs: pairs.as_ptr(),
                        count: pairs.len(),
                        left_start: rows.start,
                        out: sums[(tap * depth + rows.start) * valid..].as_mut_ptr(),
                        out_stride: valid,
                        valid,
                        resume: at != from,
                    };
                    // SAFETY: `simd` was detected; pairs point to positions with `depth` and `wide` values, and
                    // `sums` has `valid` values for each of the block's rows.
                    unsafe { kernels.outer[rows.len() - 1][vectors - 1](&tile) };
                }
            }
            at = end;
        }
    }

    /// The panel's channels of the small side, padded and aligned for whole vectors.
    fn copy_right(
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

    /// Where both sides lie for a tap, at the positions where it is on the big grid.
    fn pairs(&self, positions: Range<usize>, tap: usize, (right, wide): (&[f32], usize), pairs: &mut Pairs) {
        let plan = self.plan;
        pairs.clear();
        let [z, y, x] = &plan.pass;
        let (tz, ty, tx) =
            (z.taps[self.tap_row / plan.kernel[1]], y.taps[self.tap_row % plan.kernel[1]], x.taps[tap]);
        let [depth, height, width] = plan.geometry.small.size();
        let [in_depth, in_height, in_width] = plan.source.grid.size();
        let big_channels = plan.source.grid.channels();
        let mut at = positions.start;
        while at < positions.end {
            // One row of the small grid at a time.
            let column = at % width;
            let row_end = (at - column + width).min(positions.end);
            let (n, qz, qy) =
                (at / (width * height * depth), at / (width * height) % depth, at / width % height);
            if let (Some(iz), Some(iy)) = (z.at(qz, tz, in_depth), y.at(qy, ty, in_height)) {
                let base = ((n * in_depth + iz) * in_height + iy) * in_width;
                let columns = x.on_grid(column..column + row_end - at, tx, in_width);
                if let Some(first) = x.at(columns.start, tx, in_width).filter(|_| !columns.is_empty()) {
                    let left = self.big[(base + first) * big_channels..].as_ptr();
                    let right = right[(at + columns.start - column - positions.start) * wide..].as_ptr();
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

/// Small channels that are put in place together: a cache line of sums at a time goes to a cache line of weights each.
const STRIP: usize = 16;

/// Adds the parts in order, into `[small][big][tap]`.
fn add_parts(plan: &OuterPlan, partial: &[f32], dw: &mut [f32]) {
    let (big, channels) = (plan.geometry.big.channels(), plan.geometry.small.channels());
    let taps = plan.geometry.window.taps();
    let per_channel = big * taps;
    let part_len = plan.part_len();
    let writer = Writer::new(dw);
    // Where there are several panels, each is a whole number of strips wide.
    let wide = STRIP.min(plan.width);
    parallel(channels.div_ceil(wide), &|strip, _| {
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
                    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
                }
                for (to, sum) in out[b * taps + tap..].iter_mut().step_by(per_channel).zip(&sums[..count]) {
                    *to = *sum;
                }
            }
        }
    });
}
