//! From patches to pixels: each pixel gets the mean of the vectors of the patches that cover it, weighted by how well
//! they predict this one pixel.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use std::ops::Range;

use super::search::PATCH;
use crate::simd::{Kernel, LANES, Vector, Vectors, load_all, round_up};

/// Places stay this far inside of the last pixel, so that there is always a next one to interpolate with.
const INSIDE: f32 = 1e-3;

/// Some rows of pixels.
pub(super) struct DensifyRows<'a> {
    pub(super) previous: &'a [f32],
    pub(super) next: &'a [f32],
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) patch_dx: &'a [f32],
    pub(super) patch_dy: &'a [f32],
    /// Patches in a row, and rows of patches.
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) stride: usize,
    /// The first row of pixels.
    pub(super) first: usize,
    pub(super) dx: &'a mut [f32],
    pub(super) dy: &'a mut [f32],
    pub(super) sums: &'a mut [f32],
}

/// Weighted sums for the pixels of a row.
struct Sums<'a> {
    dx: &'a mut [f32],
    dy: &'a mut [f32],
    weight: &'a mut [f32],
}

impl DensifyRows<'_> {
    /// Sums for each pixel.
    pub(super) const SUMS: usize = 3;

    /// Adds a patch to the sums of row `y`, from column `from` to before `to`.
    #[inline(always)]
    fn add_patch<S: Vectors>(
        &self,
        simd: S,
        sums: &mut Sums<'_>,
        y: usize,
        Range {
            start: from,
            end: to,
        }: Range<usize>,
        patch: usize,
    ) {
        let (width, dx, dy) = (self.width, self.patch_dx[patch], self.patch_dy[patch]);
        let place_y = (y as f32 + dy).clamp(0.0, self.height as f32 - 1.0 - INSIDE);
        let row = place_y as usize;
        let share_y = place_y - row as f32;
        let upper = &self.next[row * width..][..width];
        let lower = &self.next[(row + 1) * width..][..width];
        let previous = &self.previous[y * width..][..width];

        let most = width as f32 - 1.0 - INSIDE;
        let first = from as f32 + dx;
        let mut x = from;
        // All pixels of a patch move alike: inside of the frame one row of it is one block.
        if first >= 0.0 && first + (LANES as f32 - 1.0) < most {
            let column = (first as usize).min(width - LANES - 1);
            let share_x = first - column as f32;
            let [upper_left, lower_left] = load_all(simd, [upper, lower], column);
            let [upper_right, lower_right] = load_all(simd, [upper, lower], column + 1);
            let share_x = Vector::splat(simd, share_x);
            let found = upper_left.blend(upper_right, share_x).blend(
                lower_left.blend(lower_right, share_x),
                Vector::splat(simd, share_y),
            );
            let one = Vector::splat(simd, 1.0);
            // A patch that predicts the gray level here to within one level counts fully, any other one the less the
            // worse it fits: the weight is 1 / max(1, |difference|), as in the densification of Kroeger et al.
            let weight = one / (found - Vector::load(simd, previous, from)).abs().max(one);
            let (dx, dy) = (Vector::splat(simd, dx), Vector::splat(simd, dy));
            (Vector::load(simd, sums.dx, from) + weight * dx).store(sums.dx, from);
            (Vector::load(simd, sums.dy, from) + weight * dy).store(sums.dy, from);
            (Vector::load(simd, sums.weight, from) + weight).store(sums.weight, from);
            x += LANES;
        }
        for (x, here) in previous.iter().enumerate().take(to).skip(x) {
            let place = (x as f32 + dx).clamp(0.0, most);
            let column = place as usize;
            let share_x = place - column as f32;
            let found = share_x * share_y * lower[column + 1]
                + (1.0 - share_x) * share_y * lower[column]
                + share_x * (1.0 - share_y) * upper[column + 1]
                + (1.0 - share_x) * (1.0 - share_y) * upper[column];
            let weight = 1.0 / (found - here).abs().max(1.0);
            sums.dx[x] += weight * dx;
            sums.dy[x] += weight * dy;
            sums.weight[x] += weight;
        }
    }
}

impl Kernel for DensifyRows<'_> {
    #[inline(always)]
    fn run<S: Vectors>(mut self, simd: S) {
        let pitch = round_up(self.width);
        let scratch = std::mem::take(&mut self.sums);
        let (dx, rest) = scratch.split_at_mut(pitch);
        let (dy, weight) = rest.split_at_mut(pitch);
        let mut sums = Sums { dx, dy, weight };
        let out_dx = std::mem::take(&mut self.dx);
        let out_dy = std::mem::take(&mut self.dy);
        let out = out_dx
            .chunks_mut(self.width)
            .zip(out_dy.chunks_mut(self.width));
        for (y, (out_dx, out_dy)) in (self.first..).zip(out) {
            for sums in [&mut *sums.dx, &mut *sums.dy, &mut *sums.weight] {
                sums.fill(0.0);
            }
            // The last patches also count for the pixels below and right of them that no patch covers.
            let last = (y / self.stride).min(self.rows - 1);
            // The rows of patches `passed..=last` cover this row: they begin every `stride` rows and are PATCH rows high.
            let passed = (y + self.stride).saturating_sub(PATCH) / self.stride;
            for row in passed.min(last)..=last {
                for column in 0..self.columns {
                    let from = column * self.stride;
                    let to = if column + 1 == self.columns {
                        self.width
                    } else {
                        from + PATCH
                    };
                    self.add_patch(simd, &mut sums, y, from..to, row * self.columns + column);
                }
            }
            let sums = sums.dx.iter().zip(&*sums.dy).zip(&*sums.weight);
            for ((dx, dy), sums) in out_dx.iter_mut().zip(out_dy).zip(sums) {
                let ((sum_dx, sum_dy), weight) = sums;
                (*dx, *dy) = (sum_dx / weight, sum_dy / weight);
            }
        }
    }
}
