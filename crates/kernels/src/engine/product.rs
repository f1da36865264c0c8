//! The gradient of a linear layer's weights: a matrix product of the transposed rows of one side with the rows of the other.
//!
//! There is a single tap, so sums go straight to `[small][big]` without an intermediate buffer.
#![allow(unsafe_code)]

use std::ops::Range;

use super::micro::{Kernels, OuterTile, ROWS};
use super::outer::CHUNK;
use super::scratch::EngineScratch;
use super::tables::{Tables, TablesCapacity};
use crate::geometry::Geometry;
use crate::partition::part_range;
use crate::simd::Simd;
use crate::threads::run_parallel;
use crate::writer::Writer;

/// Tasks that a large gradient is cut into. A constant: the cut must not depend on the number of threads.
const TASKS: usize = 16;

/// The plan of the weight gradient of a linear layer, whose two grids are the same rows.
#[derive(Debug, Clone)]
pub(crate) struct ProductPlan {
    rows: usize,
    small: usize,
    big: usize,
    simd: Simd,
}

impl ProductPlan {
    /// A plan for windows of a single position with stride 1; `None` for all others.
    pub(crate) fn new(geometry: &Geometry, simd: Simd) -> Option<Self> {
        let window = &geometry.window;
        let point = window.kernel == [1; 3] && window.stride == [1; 3] && window.padding == [0; 3];
        (point && geometry.big.size() == geometry.small.size()).then(|| Self {
            rows: geometry.small.positions(),
            small: geometry.small.channels(),
            big: geometry.big.channels(),
            simd,
        })
    }

    /// Writes `dw[small][big]` from the rows of both sides.
    pub(crate) fn multiply_rows(
        &self,
        big: &[f32],
        small: &[f32],
        dw: &mut [f32],
        scratch: &EngineScratch,
    ) {
        // The tiles read and write through pointers; the lengths that they rely on are checked here, once.
        let lengths = (
            self.rows * self.big,
            self.rows * self.small,
            self.big * self.small,
        );
        assert!(
            (big.len(), small.len(), dw.len()) == lengths,
            "slices must be as long as their shapes"
        );
        // A task has at least one tile of six rows.
        let tasks = TASKS.min(self.small.div_ceil(ROWS));
        let wide = self.simd.panel_width(self.big);
        scratch.tables.reserve(&TablesCapacity {
            pairs: CHUNK,
            right: CHUNK * wide,
            ..TablesCapacity::default()
        });
        let writer = Writer::new(dw);
        run_parallel(tasks, &|task, thread| {
            let Range {
                start: from,
                end: to,
            } = part_range(self.small, tasks, task);
            // SAFETY: a task has its own small channels.
            let out = unsafe { writer.part(from * self.big, (to - from) * self.big) };
            self.multiply_channels(from, big, small, out, &mut scratch.tables.lock(thread));
        });
    }

    /// Computes the weights of the small channels from `from` on that fill `out`.
    fn multiply_channels(
        &self,
        from: usize,
        big: &[f32],
        small: &[f32],
        out: &mut [f32],
        tables: &mut Tables,
    ) {
        let lanes = self.simd.lanes();
        let width = self.simd.panel_width(self.big);
        let channels = out.len() / self.big;
        let blocks = channels.div_ceil(ROWS);
        let kernels = Kernels::for_simd(self.simd);
        let Tables { pairs, right, .. } = tables;
        for start in (0..self.big).step_by(width) {
            let valid = (self.big - start).min(width);
            let wide = valid.div_ceil(lanes) * lanes;
            for first in (0..self.rows).step_by(CHUNK) {
                let count = (self.rows - first).min(CHUNK);
                // The right sides are copied into whole vectors; the left sides are read where they are.
                let copies = right.resize(count * wide);
                pairs.clear();
                for (row, copy) in copies.chunks_exact_mut(wide).enumerate() {
                    copy[..valid]
                        .copy_from_slice(&big[(first + row) * self.big + start..][..valid]);
                    copy[valid..].fill(0.0);
                    pairs.push((
                        small[(first + row) * self.small + from..].as_ptr(),
                        copy.as_ptr(),
                    ));
                }
                for block in 0..blocks {
                    let rows = part_range(channels, blocks, block);
                    let tile = OuterTile {
                        pairs: pairs.as_ptr(),
                        count: pairs.len(),
                        left_start: rows.start,
                        out: out[rows.start * self.big + start..].as_mut_ptr(),
                        out_stride: self.big,
                        valid,
                        resume: first > 0,
                    };
                    // SAFETY: the machine has `simd`; pairs point to rows with `channels` values and to copies with
                    // `wide`, and `out` has a row of `big` values for each of the block's channels.
                    unsafe { kernels.outer[rows.len() - 1][wide / lanes - 1](&tile) };
                }
            }
        }
    }
}
