//! A spread to few channels, folded row by row.
//!
//! A transposed convolution to 3 channels would fill only 3 of 16 lanes if it were summed tap by tap. So the columns of the
//! tile are all taps of a kernel row times all channels: 4 taps x 3 channels are 12 columns. The products of a small
//! position are then a run of values that is added to the output row at that position's place:
//!
//! ```text
//! stride 2, kernel width 4     output columns
//! small 0                      p p p p
//! small 1                          p p p p
//! small 2                              p p p p
//! output row                   sum of each column, without the padding at both ends
//! ```
//!
//! Passes run over depth and height only: along the width the fold handles all remainders at once.
#![allow(unsafe_code)]

use std::ops::Range;

use super::micro::{Epilogue, Kernels, ROWS, SumTile, TapRows};
use super::panels::{Panel, Panels};
use super::pass::{Pass, list_passes};
use super::scratch::EngineScratch;
use super::tables::{Tables, TablesCapacity};
use crate::geometry::{Direction, Geometry};
use crate::partition::part_range;
use crate::simd::Simd;
use crate::threads::run_parallel;
use crate::volumes::Volumes;
use crate::writer::Writer;

/// Output rows of a task.
const TASK_ROWS: usize = 8;

/// The plan of a spread to few channels.
#[derive(Debug, Clone)]
pub(crate) struct FoldPlan {
    small: Volumes,
    big: Volumes,
    kernel: [usize; 3],
    stride: usize,
    padding: usize,
    /// The passes along depth and height; their entries for the width are not used.
    passes: Vec<Pass>,
    simd: Simd,
}

impl FoldPlan {
    /// A plan for spreads whose row of taps fits one tile; `None` for all others.
    pub(crate) fn new(geometry: &Geometry, direction: Direction, simd: Simd) -> Option<Self> {
        let window = &geometry.window;
        let few = window.kernel[2] * geometry.big.channels() <= simd.lanes() * simd.tile_vectors();
        if direction != Direction::Spread
            || !few
            || window.dilation[2] != 1
            || window.kernel[2] == 1
        {
            return None;
        }
        // One pass for each remainder along depth and height; the remainders of the width are handled together.
        let mut passes = list_passes(geometry, direction);
        passes.retain(|pass| pass[2].first == 0);
        let (stride, padding) = (window.stride[2], window.padding[2]);
        let kernel = window.kernel;
        Some(Self {
            small: geometry.small,
            big: geometry.big,
            kernel,
            stride,
            padding,
            passes,
            simd,
        })
    }

    /// Columns of the tile: a row of taps, each with all channels.
    fn row_columns(&self) -> usize {
        self.kernel[2] * self.big.channels()
    }

    /// Packs weights `[small, big, taps]` into the memory of `panels`.
    pub(crate) fn pack(&self, weights: &[f32], mut panels: Panels) -> Panels {
        let (inputs, channels) = (self.small.channels(), self.big.channels());
        let (columns, taps) = (self.kernel[2], self.kernel.iter().product::<usize>());
        let rows = taps / columns;
        panels
            .reset_size(self.row_columns(), rows * inputs, self.simd)
            .fill(0.0);
        for row in 0..rows {
            for column in 0..columns {
                for channel in 0..channels {
                    let from = weights[channel * taps + row * columns + column..]
                        .iter()
                        .step_by(channels * taps);
                    panels.set_column(column * channels + channel, row * inputs, from);
                }
            }
        }
        panels
    }

    /// Runs the spread with weights that [`pack`](Self::pack) has packed.
    pub(crate) fn fold_rows(
        &self,
        x: &[f32],
        panels: &Panels,
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        scratch: &mut EngineScratch,
    ) {
        // The tiles read through pointers; the lengths that they rely on are checked here, once.
        assert!(
            x.len() == self.small.len() && y.len() == self.big.len(),
            "slices must be as long as their shapes"
        );
        let channels = self.big.channels();
        let row_len = self.big.size()[2] * channels;
        let margin = self.padding * channels;
        // The row of sums covers every place that a small position adds to, also beyond the output at both ends.
        let reach = (self.small.size()[2] - 1) * self.stride * channels + self.row_columns();
        let EngineScratch {
            padded_bias,
            tables,
            ..
        } = scratch;
        let bias_row = padded_bias.resize(reach.max(margin + row_len));
        bias_row.fill(0.0);
        if let Some(bias) = epilogue.bias {
            // The row begins `padding` positions before the output, at a whole position.
            bias_row
                .chunks_exact_mut(channels)
                .for_each(|position| position.copy_from_slice(bias));
        }
        let (bias_row, tables) = (&*bias_row, &*tables);
        let right = self.small.size()[2] * self.row_columns().next_multiple_of(self.simd.lanes());
        let taps = self.kernel[0] * self.kernel[1];
        tables.reserve(&TablesCapacity {
            taps,
            right,
            row: bias_row.len(),
            weights: panels.buffer_len(panels.row_count()),
            ..TablesCapacity::default()
        });
        let writer = Writer::new(y);
        // A row of taps fits one tile, so there is one panel.
        let panel = panels.panel_at(0);
        for pass in &self.passes {
            let (deep, high) = (pass[0].count, pass[1].count);
            run_parallel(
                (self.big.batch() * deep * high).div_ceil(TASK_ROWS),
                &|task, thread| {
                    let mut tables = tables.lock(thread);
                    let mut buffer = std::mem::take(&mut tables.weights);
                    let weights = panel.read_rows(0..panels.row_count(), &mut buffer, self.simd);
                    let lines = task * TASK_ROWS
                        ..((task + 1) * TASK_ROWS).min(self.big.batch() * deep * high);
                    for line in lines {
                        let (n, z, row) = (line / (deep * high), line / high % deep, line % high);
                        let (big_z, big_y) =
                            (pass[0].output_position(z), pass[1].output_position(row));
                        let at = (n * self.big.size()[0] + big_z) * self.big.size()[1] + big_y;
                        // SAFETY: a task has its own rows of the output.
                        let out = unsafe { writer.part(at * row_len, row_len) };
                        self.fold_row(
                            pass,
                            (n, z, row),
                            x,
                            (weights, panel),
                            bias_row,
                            &mut tables,
                        );
                        // The margins are the places that lie in the padding: they are summed like the others and
                        // dropped here.
                        let sums = &tables.row[margin..margin + row_len];
                        if epilogue.adds {
                            out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
                        } else {
                            out.copy_from_slice(sums);
                        }
                        epilogue.activation.apply(out);
                    }
                    tables.weights = buffer;
                },
            );
        }
    }

    /// Fills `tables.row` with the sums of one output row and its margins; the row starts as `bias_row`.
    fn fold_row(
        &self,
        pass: &Pass,
        (n, z, row): (usize, usize, usize),
        x: &[f32],
        panel: (&[f32], Panel<'_>),
        bias_row: &[f32],
        tables: &mut Tables,
    ) {
        let [depth, height, width] = self.small.size();
        let inputs = self.small.channels();
        let (weights, Panel { wide, vectors, .. }) = panel;
        let Tables {
            taps,
            right: products,
            row: sums,
            ..
        } = tables;
        let products = products.resize(width * wide);
        let blocks = width.div_ceil(ROWS);
        for block in 0..blocks {
            let Range {
                start: from,
                end: to,
            } = part_range(width, blocks, block);
            taps.clear();
            for &tz in &pass[0].taps {
                for &ty in &pass[1].taps {
                    let (iz, iy) = (
                        pass[0].input_position(z, tz, depth),
                        pass[1].input_position(row, ty, height),
                    );
                    if let (Some(iz), Some(iy)) = (iz, iy) {
                        let start = (((n * depth + iz) * height + iy) * width + from) * inputs;
                        let rows = &x[start..start + (to - from) * inputs];
                        let rows =
                            std::array::from_fn(|m| rows[m.min(to - from - 1) * inputs..].as_ptr());
                        taps.push(TapRows {
                            rows,
                            weight_row: (tz.number * self.kernel[1] + ty.number) * inputs,
                        });
                    }
                }
            }
            // Products of this block of small positions, all taps of the row at once, summed over depth and height.
            let start = products[from * wide..to * wide].as_mut_ptr();
            let tile = SumTile {
                taps: taps.as_ptr(),
                count: taps.len(),
                depth: inputs,
                start: 0,
                panel: weights.as_ptr(),
                first_row: 0,
                // SAFETY: inside the rows of `products` that belong to this block.
                out: std::array::from_fn(|m| unsafe { start.add(m.min(to - from - 1) * wide) }),
                valid: wide,
                resume: false,
                epilogue: None,
            };
            // SAFETY: the machine has `simd`; rows have `inputs` channels, the panel a row of `wide` values for each of
            // them and each tap, and every output has `wide` values.
            unsafe { Kernels::for_simd(self.simd).sum[to - from - 1][vectors - 1](&tile) };
        }
        let sums = sums.resize(bias_row.len());
        sums.copy_from_slice(bias_row);
        // Neighbouring small positions overlap in the output row by the kernel's width less the stride.
        let step = self.stride * self.big.channels();
        for (q, products) in products.chunks_exact(wide).enumerate() {
            let sums = &mut sums[q * step..][..self.row_columns()];
            for (sum, product) in sums.iter_mut().zip(products) {
                *sum += product;
            }
        }
    }
}
