#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use rayon::prelude::*;

use super::DisOptions;
use super::densify::DensifyRows;
use super::search::{MARGIN, PATCH, PatchTensor, SearchStripe};
use crate::Flow;
use crate::refinement::Refinement;
use crate::resample::Resampler;
use crate::simd::{Kernel, Vectors, dispatch, round_up};

/// OpenCV searches this many stripes apart from each other, so that the result does not depend on the threads.
const SEARCH_STRIPES: usize = 8;

/// Rows that one task averages.
const DENSIFY_ROWS: usize = 16;

/// One size of the pyramid with everything that is computed on it. Gray levels are whole numbers from 0 to 255.
#[derive(Debug)]
pub(super) struct Level {
    width: usize,
    height: usize,
    shrink: Resampler,
    /// Both sides are exactly halved: OpenCV rounds the mean of four pixels up at a half, but other means to even.
    halves: bool,
    /// From the next coarser level.
    enlarge: Resampler,
    previous: Vec<f32>,
    next: Vec<f32>,
    /// The next frame with a margin of [`MARGIN`] pixels.
    next_padded: Vec<f32>,
    gradient_x: Vec<f32>,
    gradient_y: Vec<f32>,
    patches: Patches,
    densify_sums: Vec<f32>,
    refinement: Option<Refinement>,
    pub(super) flow: Flow,
}

/// The patches of a level, row by row.
#[derive(Debug)]
struct Patches {
    columns: usize,
    rows: usize,
    dx: Vec<f32>,
    dy: Vec<f32>,
    tensors: Vec<PatchTensor>,
    /// Sums down the columns of a row of patches, for each stripe.
    column_sums: Vec<f32>,
}

impl Patches {
    fn new(width: usize, height: usize, stride: usize) -> Self {
        let columns = 1 + (width - PATCH) / stride;
        let rows = 1 + (height - PATCH) / stride;
        Self {
            columns,
            rows,
            dx: vec![0.0; columns * rows],
            dy: vec![0.0; columns * rows],
            tensors: vec![PatchTensor::default(); columns * rows],
            column_sums: vec![0.0; PatchTensor::SUMS * width * SEARCH_STRIPES],
        }
    }
}

impl Level {
    /// A level of a size, made from a finer one or from the frame.
    pub(super) fn new(finer: (usize, usize), size: (usize, usize), options: &DisOptions) -> Self {
        let (width, height) = size;
        let pixels = width * height;
        let stripes = height.div_ceil(DENSIFY_ROWS);
        let coarser = (width / 2, height / 2);
        Self {
            width,
            height,
            shrink: Resampler::area(finer, size),
            halves: finer == (2 * width, 2 * height),
            enlarge: Resampler::linear((coarser.0.max(1), coarser.1.max(1)), size),
            previous: vec![0.0; pixels],
            next: vec![0.0; pixels],
            next_padded: vec![0.0; (width + 2 * MARGIN) * (height + 2 * MARGIN)],
            gradient_x: vec![0.0; pixels],
            gradient_y: vec![0.0; pixels],
            patches: Patches::new(width, height, options.patch_stride),
            densify_sums: vec![0.0; DensifyRows::SUMS * round_up(width) * stripes],
            refinement: (options.refinement_iterations > 0)
                .then(|| Refinement::new(width, height, &options.refinement())),
            flow: Flow::new(width, height),
        }
    }

    /// Makes the level from the frames themselves.
    pub(super) fn load_frames(&mut self, previous: &[u8], next: &[u8]) {
        self.shrink
            .run(previous, 1.0, &mut self.previous, self.width);
        self.shrink.run(next, 1.0, &mut self.next, self.width);
        self.prepare();
    }

    /// Makes the level from the next finer one.
    pub(super) fn load_level(&mut self, finer: &Self) {
        self.shrink
            .run(&finer.previous, 1.0, &mut self.previous, self.width);
        self.shrink
            .run(&finer.next, 1.0, &mut self.next, self.width);
        self.prepare();
    }

    fn prepare(&mut self) {
        for values in [&mut self.previous, &mut self.next] {
            dispatch(RoundLevels {
                values,
                up: self.halves,
            });
        }
        self.pad_next();
        let (width, height) = (self.width, self.height);
        let rows = self
            .gradient_x
            .chunks_mut(width)
            .zip(self.gradient_y.chunks_mut(width));
        for (y, (gradient_x, gradient_y)) in rows.enumerate() {
            // Beyond the frame it is mirrored, the edge not repeated.
            let above = if y == 0 { 1 } else { y - 1 };
            let below = if y + 1 == height { y - 1 } else { y + 1 };
            let row = |y: usize| &self.previous[y * width..][..width];
            fill_gradient([row(above), row(y), row(below)], gradient_x, gradient_y);
        }
    }

    fn pad_next(&mut self) {
        let pitch = self.width + 2 * MARGIN;
        for (y, out) in self.next_padded.chunks_mut(pitch).enumerate() {
            let y = y.saturating_sub(MARGIN).min(self.height - 1);
            let row = &self.next[y * self.width..][..self.width];
            out[..MARGIN].fill(row[0]);
            out[MARGIN..][..self.width].copy_from_slice(row);
            out[MARGIN + self.width..].fill(row[self.width - 1]);
        }
    }

    /// Takes over the flow of the next coarser level, or starts without motion.
    pub(super) fn start_from(&mut self, coarser: Option<&Flow>) {
        let (dx, dy) = self.flow.planes_mut();
        if let Some(coarser) = coarser {
            // A pixel of the coarser level is two pixels of this one.
            self.enlarge.run(coarser.dx(), 2.0, dx, self.width);
            self.enlarge.run(coarser.dy(), 2.0, dy, self.width);
        } else {
            dx.fill(0.0);
            dy.fill(0.0);
        }
    }

    /// Searches every patch of the previous frame in the next one.
    pub(super) fn search(&mut self, options: &DisOptions) {
        let Patches {
            columns,
            rows,
            dx,
            dy,
            tensors,
            column_sums,
        } = &mut self.patches;
        let stripe_rows = rows.div_ceil(SEARCH_STRIPES);
        let stripe = stripe_rows * *columns;
        dx.par_chunks_mut(stripe)
            .zip(dy.par_chunks_mut(stripe))
            .zip(tensors.par_chunks_mut(stripe))
            .zip(column_sums.par_chunks_mut(PatchTensor::SUMS * self.width))
            .enumerate()
            .for_each(|(stripe, (((dx, dy), tensors), column_sums))| {
                dispatch(SearchStripe {
                    options,
                    previous: &self.previous,
                    next_padded: &self.next_padded,
                    gradient_x: &self.gradient_x,
                    gradient_y: &self.gradient_y,
                    start: &self.flow,
                    columns: *columns,
                    first: stripe * stripe_rows,
                    dx,
                    dy,
                    tensors,
                    column_sums,
                });
            });
    }

    /// Makes the flow of every pixel from the patches that cover it.
    pub(super) fn densify(&mut self, options: &DisOptions) {
        let width = self.width;
        let (dx, dy) = self.flow.planes_mut();
        dx.par_chunks_mut(width * DENSIFY_ROWS)
            .zip(dy.par_chunks_mut(width * DENSIFY_ROWS))
            .zip(
                self.densify_sums
                    .par_chunks_mut(DensifyRows::SUMS * round_up(width)),
            )
            .enumerate()
            .for_each(|(stripe, ((dx, dy), sums))| {
                dispatch(DensifyRows {
                    previous: &self.previous,
                    next: &self.next,
                    width,
                    height: self.height,
                    patch_dx: &self.patches.dx,
                    patch_dy: &self.patches.dy,
                    columns: self.patches.columns,
                    rows: self.patches.rows,
                    stride: options.patch_stride,
                    first: stripe * DENSIFY_ROWS,
                    dx,
                    dy,
                    sums,
                });
            });
    }

    /// Refines the flow, where the options say so.
    pub(super) fn refine(&mut self) {
        if let Some(refinement) = &mut self.refinement {
            refinement.run(&self.previous, &self.next, &mut self.flow);
        }
    }
}

/// Rounds gray levels to whole numbers: halves up, or to even.
struct RoundLevels<'a> {
    values: &'a mut [f32],
    up: bool,
}

impl Kernel for RoundLevels<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, _: S) {
        for value in self.values {
            *value = if self.up {
                (*value + 0.5).floor()
            } else {
                value.round_ties_even()
            };
        }
    }
}

/// The 3x3 Sobel gradient of a row, from the row above it, itself, and the row below.
fn fill_gradient(rows: [&[f32]; 3], gradient_x: &mut [f32], gradient_y: &mut [f32]) {
    let width = gradient_x.len();
    let [above, center, below] = rows.map(|row| &row[..width]);
    let gradient_y = &mut gradient_y[..width];
    for x in 1..width - 1 {
        let left = above[x - 1] + 2.0 * center[x - 1] + below[x - 1];
        let right = above[x + 1] + 2.0 * center[x + 1] + below[x + 1];
        gradient_x[x] = right - left;
        let upper = above[x - 1] + 2.0 * above[x] + above[x + 1];
        let lower = below[x - 1] + 2.0 * below[x] + below[x + 1];
        gradient_y[x] = lower - upper;
    }
    // Mirrored at the edge, the neighbours on both sides are the same pixel.
    for (edge, neighbor) in [(0, 1), (width - 1, width - 2)] {
        gradient_x[edge] = 0.0;
        let (across, own) = (below[neighbor] - above[neighbor], below[edge] - above[edge]);
        gradient_y[edge] = 2.0 * (own + across);
    }
}
