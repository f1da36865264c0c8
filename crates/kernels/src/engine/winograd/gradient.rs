//! The gradient of the weights with fewer products.
//!
//! The forward step is a chain of linear maps, and the gradient runs through their transposes: the pixels of the larger
//! grid are transformed as in the forward step, the output's gradients by the transposed map of its last step, both are
//! multiplied and summed over the tiles, and the sums at all frequencies become taps at the end.
//!
//! ```text
//! larger grid   ──sums and differences──▶ [frequency][tile][group and channel] ─┐  outer products, summed over the tiles
//!                                                                              ├─▶ [frequency][group and channel][channel]
//! smaller grid  ──sums and differences──▶ [frequency][panel][tile][channel]    ─┘  ──sums and differences──▶ taps
//! ```
#![allow(unsafe_code)]

use std::ops::Range;

use super::filter::{FilterKind, WinogradTile};
use super::layout::{GAP, Layout, MOST_PAIR_LEN};
use super::pack::{COLUMNS, ColumnSums, gather_taps};
use super::strip::TileSource;
use super::taps::{GroupPoints, MOST_TAPS, Run, TapPlaces, list_runs};
use super::tile::TileKernels;
use crate::engine::micro::{Kernels, OuterTile, ROWS};
use crate::engine::scratch::{EngineScratch, StripScratch, ThreadTables};
use crate::engine::tables::{Pairs, TablesCapacity};
use crate::geometry::{Direction, Geometry};
use crate::partition::part_range;
use crate::simd::Simd;
use crate::threads::{all_threads, run_parallel};
use crate::writer::Writer;

/// Values of a strip of tiles on both sides, where each part of the tiles has sums of its own: 1 MiB, of which the
/// second-level cache holds what a product reads. Where threads share a strip, it is four times as long.
const STRIP_LEN: usize = 1 << 18;
/// Tiles of a strip: enough that adding to the sums costs less than multiplying, and no more pointers than the first-level
/// cache holds.
const LEAST_STRIP: usize = if cfg!(miri) { 3 } else { 48 };
const MOST_STRIP: usize = 512;
/// Sums of all parts, at most: 16 MiB.
const SUMS_LEN: usize = 1 << 22;
/// Tiles of a part, at least: the sums of all parts are added at the end.
const PART_TILES: usize = if cfg!(miri) { 4 } else { 256 };
/// Parts of the tiles, at most. A constant: the cut must not depend on the number of threads.
const PARTS: usize = 8;
/// Tasks that the transforms are cut into.
const TASKS: usize = 16;

/// The plan of a weight gradient with fewer products.
#[derive(Debug, Clone)]
pub(crate) struct WinogradGradientPlan {
    geometry: Geometry,
    simd: Simd,
    filter: FilterKind,
    places: TapPlaces,
    layout: Layout,
    /// At each frequency the rows that are multiplied, and the rows whose sums are zero.
    runs: Vec<Vec<Run>>,
    /// The frequencies that are multiplied, for each group of the larger grid and for the group of the smaller grid.
    left_points: Vec<GroupPoints>,
    right_points: Vec<GroupPoints>,
    /// Outputs along a side of a tile, and the products along it.
    side: usize,
    reach: usize,
    /// Parts of the tiles with sums of their own; with a single part, threads share the work on each strip.
    parts: usize,
    /// Tiles of a strip.
    strip: usize,
    /// Values from one tile to the next and from one frequency to the next, on the larger grid.
    left_wide: usize,
    left_plane: usize,
    /// Channels of a panel of the smaller grid, the number of panels, and the values from one frequency to the next.
    width: usize,
    panels: usize,
    right_plane: usize,
    /// Sums from one frequency to the next.
    sums_plane: usize,
}

impl WinogradGradientPlan {
    /// The plan with this tile; `None` for windows that it does not serve.
    pub(crate) fn new(geometry: &Geometry, tile: WinogradTile, simd: Simd) -> Option<Self> {
        let side = tile.side();
        let layout = Layout::new(geometry, Direction::Gather, side)?;
        let filter = FilterKind::with_outputs(side, layout.taps)?;
        let reach = side + layout.taps - 1;
        let (left, right) = (layout.input.width(), geometry.small.channels());
        let width = simd.panel_width(right);
        let panels = right.div_ceil(width);
        // Rows of neighbouring tiles do not lie a power of two apart, so that they do not compete for the same lines of
        // the cache.
        let left_wide = left + GAP;
        let tile_len = reach * reach * (left_wide + panels * width);
        let sums_plane = left * right + GAP;
        let parts = (SUMS_LEN / (reach * reach * sums_plane)).min(layout.tile_count() / PART_TILES);
        let parts = parts.clamp(1, PARTS);
        let strip_len = if parts == 1 { 4 * STRIP_LEN } else { STRIP_LEN };
        let strip = (strip_len / tile_len).clamp(LEAST_STRIP, MOST_STRIP);
        let count = layout.tile_count();
        // Nearly even strips.
        let of_part = count.div_ceil(parts);
        let strip = of_part.div_ceil(of_part.div_ceil(strip));
        let places = TapPlaces::new(geometry, Direction::Gather, &layout);
        let left_points = places.input_points(reach, 0..right);
        let big = geometry.big.channels();
        let runs = (0..reach * reach)
            .map(|frequency| list_runs(&left_points, big, frequency, reach))
            .collect();
        Some(Self {
            geometry: *geometry,
            simd,
            filter,
            left_points,
            right_points: places.output_points(reach),
            places,
            layout,
            runs,
            side,
            reach,
            parts,
            strip,
            left_wide,
            left_plane: strip * left_wide + GAP,
            width,
            panels,
            right_plane: strip * panels * width + GAP,
            sums_plane,
        })
    }

    fn frequencies(&self) -> usize {
        self.reach * self.reach
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
                && dw.len() == geometry.weights_len(),
            "slices must be as long as their shapes"
        );
        let EngineScratch {
            partial,
            tables,
            winograd,
            ..
        } = scratch;
        let slots = if self.parts == 1 { 1 } else { all_threads() };
        let frequencies = self.frequencies();
        winograd.reserve(
            slots,
            frequencies * self.left_plane,
            frequencies * self.right_plane,
        );
        let channels = geometry.big.channels().max(geometry.small.channels());
        winograd.zeros.resize(channels).fill(0.0);
        let winograd = &*winograd;
        let kernels = TileKernels::new(self.filter, self.simd);
        let left = TileSource {
            layout: &self.layout,
            side: self.layout.input,
            reach: self.reach,
            transform: kernels.load_pixels,
            frequencies: self.frequencies(),
            points: &self.left_points,
            pixels: big,
            zeros: &winograd.zeros,
        };
        let right = TileSource {
            side: self.layout.output,
            reach: self.side,
            transform: kernels.load_gradients,
            points: &self.right_points,
            pixels: small,
            ..left
        };
        tables.reserve(&TablesCapacity {
            pairs: self.strip,
            ..TablesCapacity::default()
        });
        let sums = partial.resize(self.parts * self.sums_len());
        let job = GradientJob {
            plan: self,
            left,
            right,
            tables,
            sums: Writer::new(sums),
        };
        let count = self.layout.tile_count();
        if self.parts == 1 {
            let mut slot = winograd.lock(0);
            for first in (0..count).step_by(self.strip) {
                job.add_shared_strip(first..count.min(first + self.strip), &mut slot);
            }
        } else {
            run_parallel(self.parts, &|part, thread| {
                let mut slot = winograd.lock(thread);
                let tiles = part_range(count, self.parts, part);
                for first in tiles.clone().step_by(self.strip) {
                    let strip = first..tiles.end.min(first + self.strip);
                    job.add_strip(part, strip, first == tiles.start, &mut slot, thread);
                }
            });
        }
        self.write_taps(sums, dw);
    }

    /// Products of a strip, which are independent: one for each frequency and panel.
    fn product_count(&self) -> usize {
        self.frequencies() * self.panels
    }

    /// Sums of a part.
    fn sums_len(&self) -> usize {
        self.frequencies() * self.sums_plane
    }

    /// Transforms the sums at all frequencies to taps.
    fn write_taps(&self, sums: &[f32], dw: &mut [f32]) {
        let (big, small) = (self.geometry.big.channels(), self.geometry.small.channels());
        let (rows, pair_len) = (self.layout.input.width(), self.places.pair_len());
        let dw = Writer::new(dw);
        let groups = self.width.div_ceil(COLUMNS);
        run_parallel(self.panels * groups, &|task, _| {
            let (panel, group) = (task / groups, task % groups);
            let start = panel * self.width;
            let valid = (small - start).min(self.width);
            let first = group * COLUMNS;
            let count = COLUMNS.min(valid.saturating_sub(first));
            if count == 0 {
                return;
            }
            // SAFETY: a task has its own small channels.
            let weights =
                unsafe { dw.part((start + first) * big * pair_len, count * big * pair_len) };
            let mut pair = [[0.0; MOST_PAIR_LEN]; COLUMNS];
            for channel in 0..big {
                for group in 0..self.layout.input.group_count() {
                    let row = group * big + channel;
                    let column_sums = ColumnSums {
                        sums: &sums[start * rows + row * valid + first..],
                        plane: self.sums_plane,
                        part: self.sums_len(),
                        parts: self.parts,
                        count,
                    };
                    let mut taps = [[0.0; COLUMNS]; MOST_TAPS * MOST_TAPS];
                    // SAFETY: the machine has the instruction set.
                    unsafe { gather_taps(self.filter, self.simd, &column_sums, &mut taps) };
                    for (tap, offset) in taps.iter().zip(self.places.tap_offsets(group, 0)) {
                        let Some(offset) = *offset else { continue };
                        for (pair, value) in pair.iter_mut().zip(tap) {
                            pair[offset] = *value;
                        }
                    }
                }
                // The weights of a pair are written together: those of the next column are far away.
                for (column, pair) in pair[..count].iter().enumerate() {
                    let at = (column * big + channel) * pair_len;
                    weights[at..][..pair_len].copy_from_slice(&pair[..pair_len]);
                }
            }
        });
    }
}

/// A call, as its strips see it.
struct GradientJob<'a> {
    plan: &'a WinogradGradientPlan,
    left: TileSource<'a>,
    right: TileSource<'a>,
    tables: &'a ThreadTables,
    sums: Writer<'a>,
}

impl GradientJob<'_> {
    /// Adds the products of a strip to the sums of a part, on this thread.
    fn add_strip(
        &self,
        part: usize,
        tiles: Range<usize>,
        is_first: bool,
        slot: &mut StripScratch,
        thread: usize,
    ) {
        let (left, right) = (Writer::new(&mut slot.values), Writer::new(&mut slot.sums));
        tiles
            .clone()
            .for_each(|tile| self.load_tile(tile, tile - tiles.start, &left, &right));
        let pairs = &mut self.tables.lock(thread).pairs;
        for product in 0..self.plan.product_count() {
            self.multiply(part, product, slot, tiles.len(), !is_first, pairs);
        }
    }

    /// Adds the products of a strip to the sums of the only part, on all threads.
    fn add_shared_strip(&self, tiles: Range<usize>, slot: &mut StripScratch) {
        let (left, right) = (Writer::new(&mut slot.values), Writer::new(&mut slot.sums));
        let tasks = TASKS.min(tiles.len());
        run_parallel(tasks, &|task, _| {
            for tile in part_range(tiles.len(), tasks, task) {
                self.load_tile(tiles.start + tile, tile, &left, &right);
            }
        });
        let slot = &*slot;
        run_parallel(self.plan.product_count(), &|product, thread| {
            let pairs = &mut self.tables.lock(thread).pairs;
            self.multiply(0, product, slot, tiles.len(), tiles.start > 0, pairs);
        });
    }

    /// Transforms a tile on both grids; it is number `at` of its strip.
    fn load_tile(&self, tile: usize, at: usize, left: &Writer<'_>, right: &Writer<'_>) {
        let plan = self.plan;
        let (big, small) = (plan.geometry.big.channels(), plan.geometry.small.channels());
        let place = [at * plan.left_wide, big, plan.left_plane];
        self.left.load_tile(tile, 0..big, left, place);
        for panel in 0..plan.panels {
            let start = panel * plan.width;
            let place = [(panel * plan.strip + at) * plan.width, 0, plan.right_plane];
            let channels = start..small.min(start + plan.width);
            self.right.load_tile(tile, channels, right, place);
        }
    }

    /// Adds the outer products of `count` tiles at one frequency for one panel, which are numbered by frequency.
    fn multiply(
        &self,
        part: usize,
        product: usize,
        slot: &StripScratch,
        count: usize,
        resume: bool,
        pairs: &mut Pairs,
    ) {
        let plan = self.plan;
        let (frequency, panel) = (product / plan.panels, product % plan.panels);
        let rows = plan.layout.input.width();
        let start = panel * plan.width;
        let valid = (plan.geometry.small.channels() - start).min(plan.width);
        let vectors = valid.div_ceil(plan.simd.lanes());
        let left = &slot.values[frequency * plan.left_plane..][..count * plan.left_wide];
        let panel_start = frequency * plan.right_plane + panel * plan.strip * plan.width;
        let right = &slot.sums[panel_start..][..count * plan.width];
        pairs.clear();
        pairs.extend(
            left.chunks_exact(plan.left_wide)
                .zip(right.chunks_exact(plan.width))
                .map(|(left, right)| (left.as_ptr(), right.as_ptr())),
        );
        let kernels = Kernels::for_simd(plan.simd);
        // The sums lie as [part][frequency][panel][row][channel of the panel].
        let at = part * plan.sums_len() + frequency * plan.sums_plane + start * rows;
        for run in &plan.runs[frequency] {
            // Rows that take no part have sums of zero, which the first strip writes.
            let count = if run.takes_part { count } else { 0 };
            if count == 0 && resume {
                continue;
            }
            let blocks = run.rows.len().div_ceil(ROWS);
            for block in 0..blocks {
                let rows = part_range(run.rows.len(), blocks, block);
                let first = run.rows.start + rows.start;
                let tile = OuterTile {
                    pairs: pairs.as_ptr(),
                    count,
                    left_start: first,
                    out: self.sums.pointer(at + first * valid, rows.len() * valid),
                    out_stride: valid,
                    valid,
                    resume,
                };
                // SAFETY: the machine has the instruction set; pairs point to tiles with `rows` values and a panel of whole
                // vectors, and no two tasks share a part, a frequency and a panel.
                unsafe { kernels.outer[rows.len() - 1][vectors - 1](&tile) };
            }
        }
    }
}
