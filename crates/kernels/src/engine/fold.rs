#![allow(unsafe_code)]

use std::ops::Range;

use super::Finish;
use super::micro::{Kernels, ROWS, SumTile, TapRows};
use super::pack::Panels;
use super::pass::{Direction, Pass, passes};
use super::tables::{Room, Tables};
use crate::Volumes;
use crate::geometry::Geometry;
use crate::share::share;
use crate::simd::Simd;
use crate::threads::parallel;
use crate::workspace::Workspace;
use crate::writer::Writer;

/// Rows of the output in one task.
const TASK_ROWS: usize = 8;

/// A spread to few channels: a row of taps by channels makes the columns of a tile, which every small position adds to
/// its place in an output row. Summed tap by tap, a tile would have too few columns to keep the processor busy.
#[derive(Debug, Clone)]
pub(crate) struct FoldPlan {
    small: Volumes,
    big: Volumes,
    kernel: [usize; 3],
    stride: usize,
    padding: usize,
    /// The passes along depth and height; what they say of the width is not looked at.
    passes: Vec<Pass>,
    simd: Simd,
}

impl FoldPlan {
    /// Where it pays, and a row of taps fits one tile.
    pub(crate) fn new(geometry: &Geometry, direction: Direction, simd: Simd) -> Option<Self> {
        let window = &geometry.window;
        let few = window.kernel[2] * geometry.big.channels() <= simd.lanes() * simd.tile_vectors();
        if direction != Direction::Spread || !few || window.dilation[2] != 1 || window.kernel[2] == 1 {
            return None;
        }
        // One pass for each remainder along depth and height: those of the width do the same work.
        let mut passes = passes(geometry, direction);
        passes.retain(|pass| pass[2].first == 0);
        let (stride, padding) = (window.stride[2], window.padding[2]);
        let kernel = window.kernel;
        Some(Self { small: geometry.small, big: geometry.big, kernel, stride, padding, passes, simd })
    }

    fn wide(&self) -> usize {
        self.kernel[2] * self.big.channels()
    }

    /// Packs `[small, big, taps]`, in memory that is reused.
    pub(crate) fn pack(&self, weights: &[f32], mut panels: Panels) -> Panels {
        let (inputs, channels) = (self.small.channels(), self.big.channels());
        let (columns, taps) = (self.kernel[2], self.kernel.iter().product::<usize>());
        let rows = taps / columns;
        panels.reset(self.wide(), rows * inputs, self.simd).fill(0.0);
        for row in 0..rows {
            for column in 0..columns {
                for channel in 0..channels {
                    let from =
                        weights[channel * taps + row * columns + column..].iter().step_by(channels * taps);
                    panels.set_column(column * channels + channel, row * inputs, from);
                }
            }
        }
        panels
    }

    pub(crate) fn run(
        &self,
        x: &[f32],
        panels: &Panels,
        finish: Finish<'_>,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) {
        // The tiles read through pointers: what they rely on is checked here, once.
        assert!(
            x.len() == self.small.len() && y.len() == self.big.len(),
            "slices are not as long as their shapes"
        );
        let channels = self.big.channels();
        let row_len = self.big.size()[2] * channels;
        let margin = self.padding * channels;
        let reach = (self.small.size()[2] - 1) * self.stride * channels + self.wide();
        let Workspace { padded_bias, tables, .. } = workspace;
        let empty = padded_bias.resize(reach.max(margin + row_len));
        empty.fill(0.0);
        if let Some(bias) = finish.bias {
            // The row begins `padding` positions before the output does: in step with whole positions.
            empty.chunks_exact_mut(channels).for_each(|position| position.copy_from_slice(bias));
        }
        let (empty, tables) = (&*empty, &*tables);
        let right = self.small.size()[2] * self.wide().next_multiple_of(self.simd.lanes());
        let taps = self.kernel[0] * self.kernel[1];
        tables.reserve(&Room { taps, right, row: empty.len(), ..Room::default() });
        let writer = Writer::new(y);
        for pass in &self.passes {
            let (deep, high) = (pass[0].count, pass[1].count);
            parallel((self.big.batch() * deep * high).div_ceil(TASK_ROWS), &|task, thread| {
                let mut tables = tables.of(thread);
                let lines = task * TASK_ROWS..((task + 1) * TASK_ROWS).min(self.big.batch() * deep * high);
                for line in lines {
                    let (n, z, row) = (line / (deep * high), line / high % deep, line % high);
                    let (big_z, big_y) =
                        (pass[0].first + z * pass[0].step, pass[1].first + row * pass[1].step);
                    let at = (n * self.big.size()[0] + big_z) * self.big.size()[1] + big_y;
                    // SAFETY: a task has its own rows of the output.
                    let out = unsafe { writer.part(at * row_len, row_len) };
                    self.line(pass, (n, z, row), x, panels, empty, &mut tables);
                    out.copy_from_slice(&tables.row[margin..margin + row_len]);
                    finish.activation.apply(out);
                }
            });
        }
    }

    /// Fills `tables.row` with one output row and its margins.
    fn line(
        &self,
        pass: &Pass,
        (n, z, row): (usize, usize, usize),
        x: &[f32],
        panels: &Panels,
        empty: &[f32],
        tables: &mut Tables,
    ) {
        let [depth, height, width] = self.small.size();
        let inputs = self.small.channels();
        let panel = panels.panel(0);
        let wide = panel.vectors * self.simd.lanes();
        let Tables { taps, right: products, row: sums, .. } = tables;
        let products = products.resize(width * wide);
        let blocks = width.div_ceil(ROWS);
        for block in 0..blocks {
            let Range { start: from, end: to } = share(width, blocks, block);
            taps.clear();
            for &tz in &pass[0].taps {
                for &ty in &pass[1].taps {
                    if let (Some(iz), Some(iy)) = (pass[0].at(z, tz, depth), pass[1].at(row, ty, height)) {
                        let start = (((n * depth + iz) * height + iy) * width + from) * inputs;
                        let rows = &x[start..start + (to - from) * inputs];
                        let rows = std::array::from_fn(|m| rows[m.min(to - from - 1) * inputs..].as_ptr());
                        taps.push(TapRows {
                            rows,
                            weight_row: (tz.number * self.kernel[1] + ty.number) * inputs,
                        });
                    }
                }
            }
            let start = products[from * wide..to * wide].as_mut_ptr();
            let tile = SumTile {
                taps: taps.as_ptr(),
                count: taps.len(),
                depth: inputs,
                start: 0,
                panel: panel.values.as_ptr(),
                // SAFETY: within the block's rows of `products`.
                out: std::array::from_fn(|m| unsafe { start.add(m.min(to - from - 1) * wide) }),
                valid: wide,
                resume: false,
                finish: None,
            };
            // SAFETY: `simd` was detected; rows have `inputs` channels, the panel a row of `wide` values for each of
            // them and each tap, and every out has `wide` values.
            unsafe { Kernels::of(self.simd).sum[to - from - 1][panel.vectors - 1](&tile) };
        }
        let sums = sums.resize(empty.len());
        sums.copy_from_slice(empty);
        let step = self.stride * self.big.channels();
        for (q, products) in products.chunks_exact(wide).enumerate() {
            let sums = &mut sums[q * step..][..self.wide()];
            for (sum, product) in sums.iter_mut().zip(products) {
                *sum += product;
            }
        }
    }
}
