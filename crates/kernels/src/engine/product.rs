#![allow(unsafe_code)]

use std::ops::Range;

use super::micro::{Kernels, OuterTile, ROWS};
use super::outer::CHUNK;
use super::tables::{Room, Tables};
use crate::geometry::Geometry;
use crate::share::share;
use crate::simd::Simd;
use crate::threads::parallel;
use crate::workspace::Workspace;
use crate::writer::Writer;

/// Tasks that a gradient is cut into where it is large enough.
const TASKS: usize = 16;

/// The gradient of a linear layer's weights: both grids are the same rows, so products go straight to where they
/// belong, `[small][big]`.
#[derive(Debug, Clone)]
pub(crate) struct ProductPlan {
    rows: usize,
    small: usize,
    big: usize,
    simd: Simd,
}

impl ProductPlan {
    /// Where the window is a single position that moves by one.
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

    pub(crate) fn run(&self, big: &[f32], small: &[f32], dw: &mut [f32], workspace: &Workspace) {
        // The tiles read and write through pointers: what they rely on is checked here, once.
        let lengths = (self.rows * self.big, self.rows * self.small, self.big * self.small);
        assert!((big.len(), small.len(), dw.len()) == lengths, "slices are not as long as their shapes");
        let tasks = TASKS.min(self.small.div_ceil(ROWS));
        let wide = self.simd.panel_width(self.big);
        workspace.tables.reserve(&Room { pairs: CHUNK, right: CHUNK * wide, ..Room::default() });
        let writer = Writer::new(dw);
        parallel(tasks, &|task, thread| {
            let Range { start: from, end: to } = share(self.small, tasks, task);
            // SAFETY: a task has its own small channels.
            let out = unsafe { writer.part(from * self.big, (to - from) * self.big) };
            self.channels(from, big, small, out, &mut workspace.tables.of(thread));
        });
    }

    /// The products of some small channels, those from `from` on that fill `out`, with all big ones.
    fn channels(&self, from: usize, big: &[f32], small: &[f32], out: &mut [f32], tables: &mut Tables) {
        let lanes = self.simd.lanes();
        let width = self.simd.panel_width(self.big);
        let channels = out.len() / self.big;
        let blocks = channels.div_ceil(ROWS);
        let kernels = Kernels::of(self.simd);
        let Tables { pairs, right, .. } = tables;
        for start in (0..self.big).step_by(width) {
            let valid = (self.big - start).min(width);
            let wide = valid.div_ceil(lanes) * lanes;
            for first in (0..self.rows).step_by(CHUNK) {
                let count = (self.rows - first).min(CHUNK);
                let copies = right.resize(count * wide);
                pairs.clear();
                for (row, copy) in copies.chunks_exact_mut(wide).enumerate() {
                    copy[..valid].copy_from_slice(&big[(first + row) * self.big + start..][..valid]);
                    copy[valid..].fill(0.0);
                    pairs.push((small[(first + row) * self.small + from..].as_ptr(), copy.as_ptr()));
                }
                for block in 0..blocks {
                    let rows = share(channels, blocks, block);
                    let tile = OuterTile {
                        pairs: pairs.as_ptr(),
                        count: pairs.len(),
                        left_start: rows.start,
                        out: out[rows.start * self.big + start..].as_mut_ptr(),
                        out_stride: self.big,
                        valid,
                        resume: first > 0,
                    };
                    // SAFETY: `simd` was detected; pairs point to rows with `channels` values and to copies with `wide`,
                    // and `out` has a row of `big` values for each of the block's channels.
                    unsafe { kernels.outer[rows.len() - 1][wide / lanes - 1](&tile) };
                }
            }
        }
    }
}
