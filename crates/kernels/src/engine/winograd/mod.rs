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
mod strip;
mod taps;
#[cfg(test)]
mod tests;
mod tile;

use super::micro::Epilogue;
use super::pack::Panels;
use super::scratch::{StripScratch, WinogradScratch};
use crate::geometry::{Direction, Geometry};
use crate::partition::part_range;
use crate::simd::Simd;
use crate::threads::{all_threads, run_parallel};
use crate::writer::Writer;
use filter::FilterKind;
pub(crate) use gradient::WinogradGradientPlan;
use layout::{Layout, Strips};
use pack::{PanelRows, RowPart};
use strip::{PART_ROWS, StripJob, TileSource};
use taps::{GroupPoints, TapPlaces};
use tile::TileKernels;

/// Tasks that each step of a shared strip is cut into.
const TASKS: usize = 16;

/// Outputs of a tile along each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WinogradTile {
    /// 2 by 2 outputs: the smallest weights and rounding errors.
    Two,
    /// 3 by 3 outputs, for windows with two taps for each step of the stride.
    Three,
    /// 4 by 4 outputs: the fewest products for large images.
    Four,
}

impl WinogradTile {
    /// Outputs along a side.
    fn side(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }
}

/// How a gather or a spread runs with fewer products.
#[derive(Debug, Clone)]
pub(crate) struct WinogradPlan {
    simd: Simd,
    filter: FilterKind,
    tile: WinogradTile,
    /// Outputs along a side of a tile, and the products along it.
    side: usize,
    reach: usize,
    layout: Layout,
    places: TapPlaces,
    strips: Strips,
    /// Where the weights of each panel lie.
    panels: Vec<PanelRows>,
    /// For each product the rows of its panel that it sums over, in parts; none where the sums are zero. Products are ordered by
    /// frequency, then by panel.
    parts: Vec<Vec<RowPart>>,
    /// The frequencies that are multiplied, for each group of the input and for each group of the output.
    input_points: Vec<GroupPoints>,
    output_points: Vec<GroupPoints>,
}

impl WinogradPlan {
    /// The plan with this tile; `None` for windows that it does not serve.
    pub(crate) fn new(
        geometry: &Geometry,
        direction: Direction,
        tile: WinogradTile,
        simd: Simd,
    ) -> Option<Self> {
        let side = tile.side();
        let layout = Layout::new(geometry, direction, side)?;
        let filter = FilterKind::with_outputs(side, layout.taps)?;
        let reach = side + layout.taps - 1;
        let places = TapPlaces::new(geometry, direction, &layout);
        let columns = layout.output.width();
        let width = simd.panel_width(columns);
        let channels = layout.input.volumes.channels();
        let panels: Vec<_> = (0..columns)
            .step_by(width)
            .map(|start| places.input_points(reach, start..columns.min(start + width)))
            .map(|points| PanelRows::new(&points, channels, reach))
            .collect();
        let parts = (0..reach * reach)
            .flat_map(|frequency| panels.iter().map(move |panel| (frequency, panel)))
            .map(|(frequency, panel)| panel.list_parts(channels, frequency, PART_ROWS))
            .collect();
        Some(Self {
            simd,
            filter,
            tile,
            side,
            reach,
            strips: Strips::new(&layout, reach * reach, simd),
            parts,
            input_points: places.input_points(reach, 0..columns),
            panels,
            output_points: places.output_points(reach),
            layout,
            places,
        })
    }

    pub(crate) fn tile(&self) -> WinogradTile {
        self.tile
    }

    /// Values of a tile for each group and channel.
    fn frequencies(&self) -> usize {
        self.reach * self.reach
    }

    /// Transforms and packs weights `[small, big, taps]` into the memory of `panels`.
    pub(crate) fn pack(&self, weights: &[f32], panels: Panels) -> Panels {
        pack::pack_weights(self, weights, panels)
    }

    /// Runs the plan with weights that it has packed.
    pub(crate) fn run(
        &self,
        x: &[f32],
        panels: &Panels,
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        scratch: &mut WinogradScratch,
    ) {
        // The tiles read and write through pointers; the lengths that they rely on are checked here, once.
        let (input, output) = (self.layout.input.volumes, self.layout.output.volumes);
        assert!(
            x.len() == input.len() && y.len() == output.len(),
            "slices must be as long as their shapes"
        );
        let Strips {
            count,
            shared,
            plane,
            ..
        } = self.strips;
        let (slots, frequencies) = (if shared { 1 } else { all_threads() }, self.frequencies());
        scratch.reserve(slots, frequencies * plane[0], frequencies * plane[1]);
        scratch.zeros.resize(input.channels()).fill(0.0);
        let padded_bias = scratch
            .bias
            .resize(output.channels().next_multiple_of(self.simd.lanes()));
        padded_bias.fill(0.0);
        if let Some(bias) = epilogue.bias {
            padded_bias[..bias.len()].copy_from_slice(bias);
        }
        let scratch = &*scratch;
        let kernels = TileKernels::new(self.filter, self.simd);
        let job = StripJob {
            plan: self,
            kernels,
            source: TileSource {
                layout: &self.layout,
                side: self.layout.input,
                reach: self.reach,
                transform: kernels.load_pixels,
                frequencies,
                points: &self.input_points,
                pixels: x,
                zeros: &scratch.zeros,
            },
            panels,
            bias: &scratch.bias,
            epilogue,
            y: Writer::new(y),
        };
        if shared {
            let mut slot = scratch.lock(0);
            (0..count).for_each(|strip| self.run_shared_strip(&job, strip, &mut slot));
        } else {
            // A strip goes through all three steps before the next one begins, so that each step finds what it reads in
            // the cache.
            run_parallel(count, &|strip, thread| {
                let mut slot = scratch.lock(thread);
                self.run_strip(&job, strip, &mut slot);
            });
        }
    }

    /// Runs a strip on this thread.
    fn run_strip(&self, job: &StripJob<'_>, strip: usize, slot: &mut StripScratch) {
        let first = strip * self.strips.tiles;
        let tiles = first..(first + self.strips.tiles).min(self.layout.tile_count());
        job.load_tiles(tiles.clone(), first, &Writer::new(&mut slot.values));
        let sums = Writer::new(&mut slot.sums);
        job.multiply(0..job.product_count(), tiles.len(), &slot.values, &sums);
        job.store_tiles(tiles, first, &slot.sums);
    }

    /// Runs a strip on all threads, step by step. Small images have too few tiles for strips of their own for each thread,
    /// and here the weights are read once for all of them.
    fn run_shared_strip(&self, job: &StripJob<'_>, strip: usize, slot: &mut StripScratch) {
        let first = strip * self.strips.tiles;
        let count = self.strips.tiles.min(self.layout.tile_count() - first);
        let tasks = TASKS.min(count);
        let values = Writer::new(&mut slot.values);
        run_parallel(tasks, &|task, _| {
            let tiles = part_range(count, tasks, task);
            job.load_tiles(first + tiles.start..first + tiles.end, first, &values);
        });
        let sums = Writer::new(&mut slot.sums);
        let products = job.product_count();
        run_parallel(products, &|product, _| {
            job.multiply(product..product + 1, count, &slot.values, &sums);
        });
        let sums = &slot.sums;
        run_parallel(tasks, &|task, _| {
            let tiles = part_range(count, tasks, task);
            job.store_tiles(first + tiles.start..first + tiles.end, first, sums);
        });
    }
}
