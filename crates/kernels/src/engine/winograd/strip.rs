//! The three steps of a strip of tiles.
#![allow(unsafe_code)]

use std::ops::Range;

use super::WinogradPlan;
use super::layout::{Layout, Side, Strips};
use super::tile::{MOST_SIDE, TileInput, TileKernels, TileOutput};
use crate::activation::Activation;
use crate::engine::micro::{Epilogue, Kernels, ROWS, SumTile, TapRows};
use crate::engine::pack::Panels;
use crate::partition::part_range;
use crate::volumes::Volumes;
use crate::writer::Writer;

/// Rows of a panel in one part of a sum: so many rows stay in the second-level cache while the tiles of a strip pass over
/// them.
const PART_ROWS: usize = if cfg!(miri) { 4 } else { 1024 };

/// The pixels that the tiles of a layout begin with.
#[derive(Clone, Copy)]
pub(super) struct TileSource<'a> {
    pub(super) layout: &'a Layout,
    pub(super) side: Side,
    /// Pixels of a tile along an axis.
    pub(super) reach: usize,
    pub(super) transform: unsafe fn(&TileInput),
    pub(super) frequencies: usize,
    pub(super) pixels: &'a [f32],
    /// As many zeros as a pixel has channels, for a pixel beside the image.
    pub(super) zeros: &'a [f32],
}

impl TileSource<'_> {
    /// Writes the frequencies of some channels of a tile, phase by phase.
    ///
    /// The first value of phase `p` at frequency `f` is number `start + p * phase_step + f * plane` of `values`.
    pub(super) fn load_tile(
        &self,
        tile: usize,
        channels: Range<usize>,
        values: &Writer<'_>,
        [start, phase_step, plane]: [usize; 3],
    ) {
        let grid = self.side.volumes;
        let [_, height, width] = grid.size();
        let (image, [row, column]) = self.layout.first_cell(tile);
        let phases = self.side.phases;
        for phase in 0..phases * phases {
            let mut pixels = [[self.zeros.as_ptr(); MOST_SIDE]; MOST_SIDE];
            for (down, line) in pixels.iter_mut().take(self.reach).enumerate() {
                let y = self.side.position(row + down, phase / phases);
                let Some(y) = usize::try_from(y).ok().filter(|&y| y < height) else {
                    continue;
                };
                let first = (image * height + y) * width;
                for (right, pixel) in line.iter_mut().take(self.reach).enumerate() {
                    let x = self.side.position(column + right, phase % phases);
                    if let Some(x) = usize::try_from(x).ok().filter(|&x| x < width) {
                        let at = (first + x) * grid.channels() + channels.start;
                        *pixel = self.pixels[at..][..channels.len()].as_ptr();
                    }
                }
            }
            let reach = (self.frequencies - 1) * plane + channels.len();
            let input = TileInput {
                pixels,
                values: values.pointer(start + phase * phase_step, reach),
                plane,
                channels: channels.len(),
            };
            // SAFETY: the machine has the instruction set; every pixel has the channels, and so has the place of this tile
            // at every frequency, which no other task writes.
            unsafe { (self.transform)(&input) };
        }
    }
}

/// A call of a layer, as its strips see it.
pub(super) struct StripJob<'a> {
    pub(super) plan: &'a WinogradPlan,
    pub(super) kernels: TileKernels,
    pub(super) source: TileSource<'a>,
    pub(super) panels: &'a Panels,
    /// The bias, padded to whole vectors, in place of that of the epilogue.
    pub(super) bias: &'a [f32],
    pub(super) epilogue: Epilogue<'a>,
    pub(super) y: Writer<'a>,
}

impl StripJob<'_> {
    fn strips(&self) -> &Strips {
        &self.plan.strips
    }

    /// Writes the frequencies of some tiles of the strip that begins with tile `first`.
    pub(super) fn load_tiles(&self, tiles: Range<usize>, first: usize, values: &Writer<'_>) {
        let strips = self.strips();
        let channels = self.source.side.volumes.channels();
        for tile in tiles {
            let place = [(tile - first) * strips.wide[0], channels, strips.plane[0]];
            self.source.load_tile(tile, 0..channels, values, place);
        }
    }

    /// Number of products of a strip, which are independent: one for each frequency and panel of weights.
    pub(super) fn product_count(&self) -> usize {
        self.plan.frequencies() * self.panels.panel_count()
    }

    /// Multiplies the values of `count` tiles with the weights. The products are ordered by frequency.
    pub(super) fn multiply(
        &self,
        products: Range<usize>,
        count: usize,
        values: &[f32],
        sums: &Writer<'_>,
    ) {
        let strips = self.strips();
        let ([input_wide, output_wide], [input_plane, output_plane]) = (strips.wide, strips.plane);
        let kernels = Kernels::for_simd(self.plan.simd);
        let blocks = count.div_ceil(ROWS);
        let parts = input_wide.div_ceil(PART_ROWS);
        for product in products {
            let (frequency, panel) = (
                product / self.panels.panel_count(),
                product % self.panels.panel_count(),
            );
            let panel = self.panels.panel_at(panel);
            let wide = panel.vectors * self.plan.simd.lanes();
            for part in 0..parts {
                let channels = part_range(input_wide, parts, part);
                for block in 0..blocks {
                    let tiles = part_range(count, blocks, block);
                    let rows: [usize; ROWS] =
                        std::array::from_fn(|row| tiles.start + row.min(tiles.len() - 1));
                    let tap = TapRows {
                        rows: rows.map(|tile| {
                            let at = frequency * input_plane + tile * input_wide;
                            values[at..][..input_wide].as_ptr()
                        }),
                        weight_row: frequency * self.plan.panel_rows(),
                    };
                    let tile = SumTile {
                        taps: &raw const tap,
                        count: 1,
                        depth: channels.len(),
                        start: channels.start,
                        panel: panel.values.as_ptr(),
                        out: rows.map(|tile| {
                            let at = frequency * output_plane + tile * output_wide;
                            sums.pointer(at + panel.start, wide)
                        }),
                        valid: wide,
                        resume: part > 0,
                        epilogue: None,
                    };
                    // SAFETY: the machine has the instruction set; rows have `input_wide` values, the panel has a row of
                    // `wide` values for each of them at this frequency, and no two products share a frequency and a panel.
                    unsafe { kernels.sum[tiles.len() - 1][panel.vectors - 1](&tile) };
                }
            }
        }
    }

    /// Writes the pixels of some tiles of the strip that begins with tile `first`.
    pub(super) fn store_tiles(&self, tiles: Range<usize>, first: usize, sums: &[f32]) {
        let strips = self.strips();
        let side = self.plan.layout.output;
        let grid = side.volumes;
        let ([_, height, width], channels) = (grid.size(), grid.channels());
        let (range, apply) = match self.epilogue.activation {
            Activation::Identity => ([f32::NEG_INFINITY, f32::INFINITY], None),
            Activation::Relu => ([0.0, f32::INFINITY], None),
            Activation::Relu6 => ([0.0, 6.0], None),
            other => ([f32::NEG_INFINITY, f32::INFINITY], Some(other)),
        };
        let image_start = self.y.pointer(0, grid.len());
        for tile in tiles {
            let (image, [row, column]) = self.plan.layout.first_cell(tile);
            let at = (tile - first) * strips.wide[1];
            let reach = (self.plan.frequencies() - 1) * strips.plane[1] + strips.wide[1];
            let sums = &sums[at..][..reach];
            for phase in 0..side.phase_count() {
                let rows = self.inside(row, phase / side.phases, height);
                let columns = self.inside(column, phase % side.phases, width);
                let [y, x] = [
                    side.position(row, phase / side.phases),
                    side.position(column, phase % side.phases),
                ];
                let pixel = ((image * height) as isize + y) * width as isize + x;
                let output = TileOutput {
                    sums: sums[phase * channels..].as_ptr(),
                    plane: strips.plane[1],
                    pixels: image_start.wrapping_offset(pixel * channels as isize),
                    pitch: [side.phases * width * channels, side.phases * channels],
                    channels,
                    inside: [rows, columns],
                    bias: self.bias.as_ptr(),
                    adds: self.epilogue.adds,
                    range,
                };
                // SAFETY: the machine has the instruction set; the tile has the sums of this phase at every frequency, the
                // bias is padded to whole vectors, and the tile's pixels inside the image belong to no other tile.
                unsafe { (self.kernels.store_sums)(&output) };
            }
            // The other activations are large functions, which would be compiled for each pixel of the tile.
            if let Some(activation) = apply {
                self.activate_tile(image, [row, column], grid, activation);
            }
        }
    }

    /// The cells of a tile, counted from its first one, whose positions in a phase lie on the image.
    fn inside(&self, first: usize, phase: usize, size: usize) -> Range<usize> {
        let side = self.plan.layout.output;
        let inside =
            |cell: &usize| (0..size as isize).contains(&side.position(first + cell, phase));
        let cells = 0..self.plan.side;
        let start = cells.clone().find(inside).unwrap_or(cells.end);
        start..start + (start..cells.end).take_while(inside).count()
    }

    /// Applies an activation to the pixels of all phases of a tile.
    fn activate_tile(
        &self,
        image: usize,
        first: [usize; 2],
        grid: Volumes,
        activation: Activation,
    ) {
        let side = self.plan.layout.output;
        let [_, height, width] = grid.size();
        let [rows, columns] = [(first[0], height), (first[1], width)].map(|(first, size)| {
            let last = side.position(first + self.plan.side - 1, side.phases - 1);
            let start = side.position(first, 0).max(0) as usize;
            start..((last + 1).max(0) as usize).min(size)
        });
        for row in rows {
            let start = ((image * height + row) * width + columns.start) * grid.channels();
            // SAFETY: the pixels of a tile belong to no other tile.
            let pixels = unsafe { self.y.part(start, columns.len() * grid.channels()) };
            activation.apply(pixels);
        }
    }
}
