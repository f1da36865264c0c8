//! The inverse search: where in the next frame is each patch of the previous one?
//!
//! Patches are taken in reading order and then, with spatial propagation, a second time backwards. Each starts from the
//! coarser level's vector, or from a neighbour's where that fits better, and descends along the gradient. The gradient
//! is that of the previous frame ("inverse"), so that its sums are computed once for each patch.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use super::DisOptions;
use crate::Flow;
use crate::simd::{Kernel, LANES, Vector, Vectors, load_all};

/// Pixels on each side of a patch.
pub(super) const PATCH: usize = 8;

/// The edge pixels of the next frame repeat this far outwards, so that patches may hang over.
pub(super) const MARGIN: usize = 16;

/// Pixels of a patch.
const PIXELS: f32 = (PATCH * PATCH) as f32;

/// Determinants are at least this large, so that patches without texture can be inverted.
const LEAST_DETERMINANT: f32 = 1e-3;

// A row of a patch is one block.
const _: () = assert!(PATCH == LANES);

/// What the descent needs to know of a patch's gradient.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PatchTensor {
    /// The inverse of the structure tensor: entries (x, x), (x, y), (y, y).
    inverse: [f32; 3],
    /// The sums of the gradient.
    sum_x: f32,
    sum_y: f32,
}

impl PatchTensor {
    /// Sums that a tensor is made from.
    pub(super) const SUMS: usize = 5;

    fn from_sums([xx, xy, yy, sum_x, sum_y]: [f32; Self::SUMS]) -> Self {
        let mut determinant = xx * yy - xy * xy;
        if determinant.abs() < LEAST_DETERMINANT {
            determinant = LEAST_DETERMINANT;
        }
        Self {
            inverse: [yy / determinant, -xy / determinant, xx / determinant],
            sum_x,
            sum_y,
        }
    }
}

/// Some rows of patches, searched apart from the others.
pub(super) struct SearchStripe<'a> {
    pub(super) options: &'a DisOptions,
    pub(super) previous: &'a [f32],
    pub(super) next_padded: &'a [f32],
    pub(super) gradient_x: &'a [f32],
    pub(super) gradient_y: &'a [f32],
    /// The flow of the coarser level at this size.
    pub(super) start: &'a Flow,
    /// Patches in a row.
    pub(super) columns: usize,
    /// The first row of patches.
    pub(super) first: usize,
    pub(super) dx: &'a mut [f32],
    pub(super) dy: &'a mut [f32],
    pub(super) tensors: &'a mut [PatchTensor],
    pub(super) column_sums: &'a mut [f32],
}

/// How a patch differs from a place in the next frame: sums over its pixels.
struct Comparison {
    difference: f32,
    squares: f32,
    /// Of the difference times the gradient.
    along_x: f32,
    along_y: f32,
}

impl Kernel for SearchStripe<'_> {
    #[inline(always)]
    fn run<S: Vectors>(mut self, simd: S) {
        self.fill_tensors(simd);
        let rows = self.dx.len() / self.columns;
        let stride = self.options.patch_stride;
        let width = self.start.width();
        for row in 0..rows {
            for column in 0..self.columns {
                // Each patch starts with the vector at its centre.
                let y = (self.first + row) * stride + PATCH / 2;
                let center = y * width + column * stride + PATCH / 2;
                let patch = row * self.columns + column;
                self.dx[patch] = self.start.dx()[center];
                self.dy[patch] = self.start.dy()[center];
            }
        }
        if !self.options.spatial_propagation {
            for row in 0..rows {
                for column in 0..self.columns {
                    self.descend(simd, row, column, self.options.gradient_iterations);
                }
            }
            return;
        }
        // The descent steps are divided between two passes. The first takes vectors over from the left and from above,
        // the second, in the opposite order, from the right and from below: so a good vector can spread in every
        // direction.
        let steps = self.options.gradient_iterations / 2;
        for row in 0..rows {
            for column in 0..self.columns {
                let left = (column > 0).then(|| (row, column - 1));
                let above = (row > 0).then(|| (row - 1, column));
                self.adopt_better(simd, row, column, [left, above]);
                self.descend(simd, row, column, steps);
            }
        }
        for row in (0..rows).rev() {
            for column in (0..self.columns).rev() {
                let right = (column + 1 < self.columns).then_some((row, column + 1));
                let below = (row + 1 < rows).then_some((row + 1, column));
                self.adopt_better(simd, row, column, [right, below]);
                self.descend(simd, row, column, steps);
            }
        }
    }
}

impl SearchStripe<'_> {
    /// Sums the products of the gradient over every patch: first down the columns of a row of patches.
    #[inline(always)]
    fn fill_tensors<S: Vectors>(&mut self, simd: S) {
        let width = self.start.width();
        let stride = self.options.patch_stride;
        for (row, tensors) in self.tensors.chunks_mut(self.columns).enumerate() {
            let top = (self.first + row) * stride;
            // Neighbouring patches may overlap. The products are therefore summed down the rows of the patches once for
            // each column of the frame, and every patch adds up the eight columns that it covers.
            self.column_sums.fill(0.0);
            let mut sums = self.column_sums.chunks_exact_mut(width);
            let [xx, xy, yy, sum_x, sum_y]: [&mut [f32]; PatchTensor::SUMS] =
                std::array::from_fn(|_| sums.next().unwrap_or_default());
            for y in top..top + PATCH {
                let gradient_x = &self.gradient_x[y * width..][..width];
                let gradient_y = &self.gradient_y[y * width..][..width];
                for x in 0..width {
                    let (gx, gy) = (gradient_x[x], gradient_y[x]);
                    xx[x] += gx * gx;
                    xy[x] += gx * gy;
                    yy[x] += gy * gy;
                    sum_x[x] += gx;
                    sum_y[x] += gy;
                }
            }
            let columns = [&*xx, &*xy, &*yy, &*sum_x, &*sum_y];
            for (column, tensor) in tensors.iter_mut().enumerate() {
                let sums = load_all(simd, columns, column * stride);
                let mut totals = [0.0; PatchTensor::SUMS];
                for (total, sum) in totals.iter_mut().zip(sums) {
                    *total = sum.sum();
                }
                *tensor = PatchTensor::from_sums(totals);
            }
        }
    }

    /// Gives a patch the vector of a neighbour if it fits better than its own.
    #[inline(always)]
    fn adopt_better<S: Vectors>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        neighbors: [Option<(usize, usize)>; 2],
    ) {
        let patch = row * self.columns + column;
        let mut least = self.distance(simd, row, column, self.dx[patch], self.dy[patch]);
        for (row_there, column_there) in neighbors.into_iter().flatten() {
            let there = row_there * self.columns + column_there;
            let (dx, dy) = (self.dx[there], self.dy[there]);
            let distance = self.distance(simd, row, column, dx, dy);
            if distance < least {
                least = distance;
                (self.dx[patch], self.dy[patch]) = (dx, dy);
            }
        }
    }

    #[inline(always)]
    fn distance<S: Vectors>(&self, simd: S, row: usize, column: usize, dx: f32, dy: f32) -> f32 {
        let compared = self.compare::<S, false>(simd, row, column, dx, dy);
        self.normalize(&compared)
    }

    /// The squared distance, without the difference of the means where the options say so.
    #[inline(always)]
    fn normalize(&self, compared: &Comparison) -> f32 {
        if self.options.mean_normalization {
            compared.squares - compared.difference * compared.difference / PIXELS
        } else {
            compared.squares
        }
    }

    /// Descends until the distance stops to fall. A result that is further than a patch from the start is dropped.
    #[inline(always)]
    fn descend<S: Vectors>(&mut self, simd: S, row: usize, column: usize, steps: usize) {
        let patch = row * self.columns + column;
        let tensor = self.tensors[patch];
        let (start_x, start_y) = (self.dx[patch], self.dy[patch]);
        let (mut dx, mut dy) = (start_x, start_y);
        let mut before = f32::INFINITY;
        for _ in 0..steps {
            // A Gauss-Newton step on the sum of squared differences. With the gradient of the previous frame in place of
            // that of the next one, the matrix is the structure tensor of the patch and need not be computed again at
            // every place.
            let compared = self.compare::<S, true>(simd, row, column, dx, dy);
            let (mut along_x, mut along_y) = (compared.along_x, compared.along_y);
            if self.options.mean_normalization {
                // The gradient of the normalised distance: sum(d g) - sum(d) sum(g) / pixels, with the difference d.
                along_x -= compared.difference * tensor.sum_x / PIXELS;
                along_y -= compared.difference * tensor.sum_y / PIXELS;
            }
            let [xx, xy, yy] = tensor.inverse;
            dx -= xx * along_x + xy * along_y;
            dy -= xy * along_x + yy * along_y;
            let distance = self.normalize(&compared);
            if distance >= before {
                break;
            }
            before = distance;
        }
        let (far_x, far_y) = (dx - start_x, dy - start_y);
        if far_x * far_x + far_y * far_y <= PIXELS {
            (self.dx[patch], self.dy[patch]) = (dx, dy);
        }
    }

    /// Compares a patch with where its vector points to, between the pixels of the next frame.
    #[inline(always)]
    fn compare<S: Vectors, const WITH_GRADIENT: bool>(
        &self,
        simd: S,
        row: usize,
        column: usize,
        dx: f32,
        dy: f32,
    ) -> Comparison {
        let (width, height) = (self.start.width(), self.start.height());
        let stride = self.options.patch_stride;
        let (top, left) = ((self.first + row) * stride, column * stride);

        // A patch stays within reach of the margin: at least one of its pixels touches the frame.
        let margin = MARGIN as f32;
        let nearest = margin - PATCH as f32 + 1.0;
        let y = (top as f32 + dy + margin).clamp(nearest, margin + height as f32 - 1.0);
        let x = (left as f32 + dx + margin).clamp(nearest, margin + width as f32 - 1.0);
        let (low_y, low_x) = (y.floor(), x.floor());
        let (share_y, share_x) = (y - low_y, x - low_x);
        let pitch = width + 2 * MARGIN;
        let at = low_y as usize * pitch + low_x as usize;
        let there = &self.next_padded[at..][..=PATCH * pitch + PATCH];

        let here = top * width + left;
        let share_x = Vector::splat(simd, share_x);
        let share_y = Vector::splat(simd, share_y);
        let zero = Vector::splat(simd, 0.0);
        let [mut difference, mut squares, mut along_x, mut along_y] = [zero; 4];
        // Bilinear interpolation, row by row: a row of the next frame is blended horizontally once, and is the lower
        // neighbour of one row of the patch and the upper neighbour of the row after it.
        let mut upper = Vector::load(simd, there, 0).blend(Vector::load(simd, there, 1), share_x);
        for row in 0..PATCH {
            let low = (row + 1) * pitch;
            let lower =
                Vector::load(simd, there, low).blend(Vector::load(simd, there, low + 1), share_x);
            let at = here + row * width;
            let delta = upper.blend(lower, share_y) - Vector::load(simd, self.previous, at);
            difference += delta;
            squares += delta * delta;
            if WITH_GRADIENT {
                along_x += delta * Vector::load(simd, self.gradient_x, at);
                along_y += delta * Vector::load(simd, self.gradient_y, at);
            }
            upper = lower;
        }
        Comparison {
            difference: difference.sum(),
            squares: squares.sum(),
            along_x: along_x.sum(),
            along_y: along_y.sum(),
        }
    }
}
