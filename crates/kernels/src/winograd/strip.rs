//! The three steps of a strip of tiles.
#![allow(unsafe_code)]

use std::ops::Range;

use super::plan::StripPlan;
use super::tile::{LoadKernel, StoreKernel, TileInput, TileOutput};
use crate::activation::Activation;
use crate::engine::{Epilogue, Kernels, Panels, ROWS, SumTile, TapRows};
use crate::partition::part_range;
use crate::writer::Writer;

/// A call of a layer, as its strips see it.
pub(super) struct StripJob<'a, const IN: usize> {
    pub(super) plan: &'a StripPlan,
    pub(super) load: LoadKernel<IN>,
    pub(super) store: StoreKernel,
    pub(super) panels: &'a Panels,
    pub(super) x: &'a [f32],
    /// Zeros for a pixel beside the image.
    pub(super) zeros: &'a [f32],
    /// The bias, padded to whole vectors, in place of that of the epilogue.
    pub(super) bias: &'a [f32],
    pub(super) epilogue: Epilogue<'a>,
    pub(super) y: Writer<'a>,
}

impl<const IN: usize> StripJob<'_, IN> {
    /// Writes the frequencies of some tiles of the strip that begins with tile `first`.
    pub(super) fn load_tiles(&self, tiles: Range<usize>, first: usize, values: &Writer<'_>) {
        let plan = self.plan;
        let [_, height, width] = plan.input.size();
        let channels = plan.input.channels();
        for tile in tiles {
            let (image, row, column) = plan.first_pixel(tile);
            // The pixels of a tile begin one row and one column before its outputs.
            let pixels = std::array::from_fn(|down| {
                let y = (row + down).checked_sub(1).filter(|&y| y < height);
                std::array::from_fn(|right| {
                    let x = (column + right).checked_sub(1).filter(|&x| x < width);
                    match (y, x) {
                        (Some(y), Some(x)) => {
                            let pixel = (image * height + y) * width + x;
                            self.x[pixel * channels..][..channels].as_ptr()
                        }
                        _ => self.zeros.as_ptr(),
                    }
                })
            });
            let at = (tile - first) * plan.input_wide;
            let reach = (IN * IN - 1) * plan.input_plane + plan.input_wide;
            let tile = TileInput {
                pixels,
                values: values.pointer(at, reach),
                plane: plan.input_plane,
                channels,
            };
            // SAFETY: the machine has the instruction set; every pixel has `channels` values, and the tile has a row of
            // `input_wide` values of its own at every frequency.
            unsafe { (self.load)(&tile) };
        }
    }

    /// Number of products of a strip, which are independent: one for each frequency and panel of weights.
    pub(super) fn product_count(&self) -> usize {
        IN * IN * self.panels.panel_count()
    }

    /// Multiplies the values of `count` tiles with the weights. The products are ordered by frequency.
    pub(super) fn multiply(
        &self,
        products: Range<usize>,
        count: usize,
        values: &[f32],
        sums: &Writer<'_>,
    ) {
        let plan = self.plan;
        let channels = plan.input.channels();
        let kernels = Kernels::for_simd(plan.simd);
        let blocks = count.div_ceil(ROWS);
        for product in products {
            let (frequency, panel) = (
                product / self.panels.panel_count(),
                product % self.panels.panel_count(),
            );
            let panel = self.panels.panel_at(panel);
            let wide = panel.vectors * plan.simd.lanes();
            for block in 0..blocks {
                let tiles = part_range(count, blocks, block);
                let rows: [usize; ROWS] =
                    std::array::from_fn(|row| tiles.start + row.min(tiles.len() - 1));
                let tap = TapRows {
                    rows: rows.map(|tile| {
                        let at = frequency * plan.input_plane + tile * plan.input_wide;
                        values[at..][..channels].as_ptr()
                    }),
                    weight_row: frequency * channels,
                };
                let tile = SumTile {
                    taps: &raw const tap,
                    count: 1,
                    depth: channels,
                    start: 0,
                    panel: panel.values.as_ptr(),
                    out: rows.map(|tile| {
                        let at = frequency * plan.output_plane + tile * plan.output_wide;
                        sums.pointer(at + panel.start, wide)
                    }),
                    valid: wide,
                    resume: false,
                    epilogue: None,
                };
                // SAFETY: the machine has the instruction set; rows have `channels` values, the panel has a row of `wide`
                // values for each of them at this frequency, and no two products share a frequency and a panel.
                unsafe { kernels.sum[tiles.len() - 1][panel.vectors - 1](&tile) };
            }
        }
    }

    /// Writes the pixels of some tiles of the strip that begins with tile `first`.
    pub(super) fn store_tiles(&self, tiles: Range<usize>, first: usize, sums: &[f32]) {
        let plan = self.plan;
        let [_, height, width] = plan.output.size();
        let channels = plan.output.channels();
        let (range, apply) = match self.epilogue.activation {
            Activation::Identity => ([f32::NEG_INFINITY, f32::INFINITY], None),
            Activation::Relu => ([0.0, f32::INFINITY], None),
            Activation::Relu6 => ([0.0, 6.0], None),
            other => ([f32::NEG_INFINITY, f32::INFINITY], Some(other)),
        };
        for tile in tiles {
            let (image, row, column) = plan.first_pixel(tile);
            let rows = plan.side.min(height - row);
            let columns = plan.side.min(width - column);
            let start = ((image * height + row) * width + column) * channels;
            let pixel_row = width * channels;
            let reach = (rows - 1) * pixel_row + columns * channels;
            let at = (tile - first) * plan.output_wide;
            let tile_output = TileOutput {
                sums: sums[at..][..(IN * IN - 1) * plan.output_plane + plan.output_wide].as_ptr(),
                plane: plan.output_plane,
                pixels: self.y.pointer(start, reach),
                pixel_row,
                channels,
                rows,
                columns,
                bias: self.bias.as_ptr(),
                adds: self.epilogue.adds,
                range,
            };
            // SAFETY: the machine has the instruction set; the tile has a row of `output_wide` sums at every frequency,
            // which is as long as the bias, and its pixels belong to no other tile.
            unsafe { (self.store)(&tile_output) };
            // The other activations are large functions, which would be compiled for each pixel of the tile.
            for row in 0..if apply.is_some() { rows } else { 0 } {
                // SAFETY: as above.
                let pixels = unsafe { self.y.part(start + row * pixel_row, columns * channels) };
                apply.unwrap_or_default().apply(pixels);
            }
        }
    }
}
