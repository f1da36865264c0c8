//! The three steps of a strip of tiles.
#![allow(unsafe_code)]

use std::ops::Range;

use super::layout::{Layout, Side, Strips};
use super::plan::WinogradPlan;
use super::taps::GroupPoints;
use super::tile::{MOST_SIDE, TileInput, TileKernels, TileOutput};
use crate::activation::Activation;
use crate::aligned::Aligned;
use crate::engine::micro::{Epilogue, Kernels, ROWS, SumTile, TapRows};
use crate::engine::panels::Panels;
use crate::partition::part_range;
use crate::writer::Writer;

/// The pixels that the tiles of a layout begin with.
#[derive(Clone, Copy)]
pub(super) struct TileSource<'a> {
    pub(super) layout: &'a Layout,
    pub(super) side: Side,
    /// Pixels of a tile along an axis.
    pub(super) reach: usize,
    pub(super) transform: unsafe fn(&TileInput<'_>),
    pub(super) frequencies: usize,
    /// The frequencies that are multiplied, for each group.
    pub(super) points: &'a [GroupPoints],
    pub(super) pixels: &'a [f32],
    /// As many zeros as a pixel has channels, for a pixel beside the image.
    pub(super) zeros: &'a [f32],
}

impl TileSource<'_> {
    /// Writes the frequencies of some channels of a tile, group by group.
    ///
    /// The first value of group `g` at frequency `f` is number `start + g * group_step + f * plane` of `values`.
    pub(super) fn load_tile(
        &self,
        tile: usize,
        channels: Range<usize>,
        values: &Writer<'_>,
        [start, group_step, plane]: [usize; 3],
    ) {
        let side = &self.side;
        let grid = side.volumes;
        let [depth, height, width] = grid.size();
        let (image, [plane_cell, row, column]) = self.layout.first_cell(tile);
        for group in 0..side.group_count() {
            let place = side.group_at(group);
            let z = side.position_inside(0, plane_cell, place[0]);
            let mut pixels = [[self.zeros.as_ptr(); MOST_SIDE]; MOST_SIDE];
            for (down, line) in pixels.iter_mut().take(self.reach).enumerate() {
                let y = side.position_inside(1, row + down, place[1]);
                let (Some(z), Some(y)) = (z, y) else {
                    continue;
                };
                let first = ((image * depth + z) * height + y) * width;
                for (right, pixel) in line.iter_mut().take(self.reach).enumerate() {
                    if let Some(x) = side.position_inside(2, column + right, place[2]) {
                        let at = (first + x) * grid.channels() + channels.start;
                        *pixel = self.pixels[at..][..channels.len()].as_ptr();
                    }
                }
            }
            let reach = (self.frequencies - 1) * plane + channels.len();
            let input = TileInput {
                pixels,
                values: values.pointer(start + group * group_step, reach),
                plane,
                channels: channels.len(),
                points: &self.points[group],
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

    /// Multiplies the values of `count` tiles with the weights. The products are ordered by frequency. Weights in 16 bits
    /// are widened into `buffer`.
    pub(super) fn multiply(
        &self,
        products: Range<usize>,
        count: usize,
        values: &[f32],
        sums: &Writer<'_>,
        buffer: &mut Aligned,
    ) {
        let strips = self.strips();
        let ([input_wide, output_wide], [input_plane, output_plane]) = (strips.wide, strips.plane);
        let kernels = Kernels::for_simd(self.plan.simd);
        let blocks = count.div_ceil(ROWS);
        for product in products {
            let (frequency, number) = (
                product / self.panels.panel_count(),
                product % self.panels.panel_count(),
            );
            let panel = self.panels.panel_at(number);
            let wide = panel.wide;
            let x = values[frequency * input_plane..][..count * input_wide].as_ptr();
            let y = sums.pointer(
                frequency * output_plane + panel.start,
                (count - 1) * output_wide + wide,
            );
            let parts = &self.plan.panels[number].parts[frequency];
            for (at, part) in parts.iter().enumerate() {
                let rows_len = part.values.len();
                let rows = part.first_row..part.first_row + rows_len;
                let weights = panel.read_rows(rows, buffer, self.plan.simd);
                for block in 0..blocks {
                    let tiles = part_range(count, blocks, block);
                    let rows: [usize; ROWS] =
                        std::array::from_fn(|row| tiles.start + row.min(tiles.len() - 1));
                    let tap = TapRows {
                        // SAFETY: there are `count` tiles of `input_wide` values from `x` on.
                        rows: rows
                            .map(|tile| unsafe { x.add(tile * input_wide + part.values.start) }),
                        weight_row: 0,
                    };
                    let tile = SumTile {
                        taps: &raw const tap,
                        count: 1,
                        depth: rows_len,
                        start: 0,
                        panel: weights.as_ptr(),
                        first_row: 0,
                        // SAFETY: there are as many sums from `y` on, the last tile's as many as the panel is wide.
                        out: rows.map(|tile| unsafe { y.add(tile * output_wide) }),
                        valid: wide,
                        resume: at > 0,
                        epilogue: None,
                    };
                    // SAFETY: the machine has the instruction set; rows have `input_wide` values, the weights a row of
                    // `wide` values for each of those of the part, and no two products share a frequency and a panel.
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
        let ([depth, height, width], channels) = (grid.size(), grid.channels());
        let (range, apply) = match self.epilogue.activation {
            Activation::Identity => ([f32::NEG_INFINITY, f32::INFINITY], None),
            Activation::Relu => ([0.0, f32::INFINITY], None),
            Activation::Relu6 => ([0.0, 6.0], None),
            other => ([f32::NEG_INFINITY, f32::INFINITY], Some(other)),
        };
        let image_start = self.y.pointer(0, grid.len());
        for tile in tiles {
            let (image, [plane, row, column]) = self.plan.layout.first_cell(tile);
            let at = (tile - first) * strips.wide[1];
            let reach = (self.plan.frequencies() - 1) * strips.plane[1] + strips.wide[1];
            let sums = &sums[at..][..reach];
            for group in 0..side.group_count() {
                let place = side.group_at(group);
                let Some(z) = side.position_inside(0, plane, place[0]) else {
                    continue;
                };
                let [y, x] = [
                    side.position(1, row, place[1]),
                    side.position(2, column, place[2]),
                ];
                let line = ((image * depth + z) * height) as isize + y;
                let pixel = line * width as isize + x;
                let output = TileOutput {
                    sums: sums[group * channels..].as_ptr(),
                    plane: strips.plane[1],
                    pixels: image_start.wrapping_offset(pixel * channels as isize),
                    pitch: [side.steps[1] * width * channels, side.steps[2] * channels],
                    channels,
                    points: &self.plan.output_points[group],
                    inside: [
                        self.cells_inside(1, row, place[1]),
                        self.cells_inside(2, column, place[2]),
                    ],
                    bias: self.bias.as_ptr(),
                    adds: self.epilogue.adds,
                    range,
                };
                // SAFETY: the machine has the instruction set; the tile has the sums of this group at its frequencies, the
                // bias is padded to whole vectors, and the tile's pixels inside the image belong to no other tile.
                unsafe { (self.kernels.store_sums)(&output) };
            }
            // The other activations are large functions, which would be compiled for each pixel of the tile.
            if let Some(activation) = apply {
                self.activate_tile(image, [plane, row, column], activation);
            }
        }
    }

    /// The cells of a tile along an axis, counted from its first one, whose positions in a group lie on the image.
    fn cells_inside(&self, axis: usize, first: usize, group: usize) -> Range<usize> {
        let side = self.plan.layout.output;
        let inside = |cell: &usize| side.position_inside(axis, first + cell, group).is_some();
        let cells = 0..self.plan.side;
        let start = cells.clone().find(inside).unwrap_or(cells.end);
        start..start + (start..cells.end).take_while(inside).count()
    }

    /// Applies an activation to the pixels of all groups of a tile.
    fn activate_tile(&self, image: usize, first: [usize; 3], activation: Activation) {
        let side = self.plan.layout.output;
        let size = side.volumes.size();
        let [planes, rows, columns]: [Range<usize>; 3] = std::array::from_fn(|axis| {
            let cells = if axis == 0 { 1 } else { self.plan.side };
            let last = side.position(axis, first[axis] + cells - 1, side.groups_along(axis) - 1);
            let start = side.position(axis, first[axis], 0).max(0) as usize;
            start..((last + 1).max(0) as usize).min(size[axis])
        });
        let channels = side.volumes.channels();
        for (z, y) in planes.flat_map(|z| rows.clone().map(move |y| (z, y))) {
            let line = (image * size[0] + z) * size[1] + y;
            let start = (line * size[2] + columns.start) * channels;
            // SAFETY: the pixels of a tile belong to no other tile.
            let pixels = unsafe { self.y.part(start, columns.len() * channels) };
            activation.apply(pixels);
        }
    }
}
