//! Sums over the patches of an error map.

use super::column_sums::{add_rows, column_sums};
use super::source::{Kernel, Source};
use crate::PatchSize;
use crate::patches::Axis;

/// Rows that are added in `f32` before their sum is added in `f64`. The rounding of so few
/// additions stays below a millionth of the sum.
const DEPTH: usize = 16;

/// The sums of all patches, row by row of patches.
///
/// Columns first, then patches: the rows of a patch are added column by column, and each patch is
/// the sum of its columns. This reads memory in order and vectorises over the columns.
#[derive(Clone, Copy)]
pub(crate) struct PatchSums {
    columns: Axis,
    rows: Axis,
    width: usize,
}

impl Kernel for PatchSums {
    type Output = Vec<f64>;

    #[inline(always)]
    fn reduce<S: Source>(self, source: S) -> Vec<f64> {
        let sums = self.sum_patches(source, DEPTH);
        // Two values near the end of `f32`'s range overflow when they are added in `f32`. Then add
        // each value in `f64`. The check is a fold without an early exit, so that it vectorises.
        let finite = sums.iter().fold(true, |all, sum| all & sum.is_finite());
        if finite {
            sums
        } else {
            self.sum_patches(source, 1)
        }
    }
}

impl PatchSums {
    /// Patches of a size and a stride in a map of `width` x `height`.
    pub(crate) fn new(width: usize, height: usize, patch: PatchSize, stride: PatchSize) -> Self {
        Self {
            columns: Axis::new(width, patch.width, stride.width),
            rows: Axis::new(height, patch.height, stride.height),
            width,
        }
    }

    /// Pixels in a patch.
    pub(crate) fn patch_area(self) -> usize {
        self.rows.patch_len() * self.columns.patch_len()
    }

    #[inline(always)]
    fn sum_patches<S: Source>(self, source: S, depth: usize) -> Vec<f64> {
        let mut sums = Vec::with_capacity(self.rows.patch_count() * self.columns.patch_count());
        let mut part = vec![0.0_f32; self.width];
        // Disjoint rows of patches that are not too high: each row of pixels belongs to one row of
        // patches.
        if self.rows.is_disjoint() && self.rows.patch_len() <= depth {
            for top in self.rows.patch_starts() {
                add_rows(source, top..top + self.rows.patch_len(), &mut part);
                self.sum_columns(&part, &mut sums);
            }
            return sums;
        }
        // Overlapping rows of patches still read each pixel once. The map is cut into horizontal
        // strips wherever a patch starts or ends; the column sums of the strips are computed once,
        // and each row of patches adds its strips:
        //
        //   patches  |--- 0 ---|     |--- 2 ---|
        //                 |--- 1 ---|
        //   strips   |  a |  b |c | d |  e     |         patch row 0 = a + b, patch row 1 = b + c + d, ...
        let mut band = vec![0.0_f64; self.width];
        let cuts = self.rows.strip_boundaries();
        let mut strips = vec![0.0; (cuts.len() - 1) * self.width];
        for (cut, strip) in cuts.windows(2).zip(strips.chunks_exact_mut(self.width)) {
            column_sums(source, cut[0]..cut[1], depth, &mut part, strip);
        }
        for top in self.rows.patch_starts() {
            let first = cuts.partition_point(|cut| *cut < top);
            let behind = cuts.partition_point(|cut| *cut < top + self.rows.patch_len());
            band.fill(0.0);
            for strip in strips[first * self.width..behind * self.width].chunks_exact(self.width) {
                for (sum, value) in band.iter_mut().zip(strip) {
                    *sum += value;
                }
            }
            self.sum_columns(&band, &mut sums);
        }
        sums
    }

    /// Appends the sums of one row of patches, given the sums of its columns.
    #[inline(always)]
    fn sum_columns<T: Copy + Into<f64>>(self, band: &[T], sums: &mut Vec<f64>) {
        if self.columns.is_disjoint() {
            for patch in band.chunks_exact(self.columns.patch_len()) {
                sums.push(sum_lanes(patch));
            }
        } else {
            for left in self.columns.patch_starts() {
                sums.push(sum_lanes(&band[left..left + self.columns.patch_len()]));
            }
        }
    }
}

/// The sum, in eight independent lanes, so that no addition waits for the one before.
#[inline(always)]
fn sum_lanes<T: Copy + Into<f64>>(values: &[T]) -> f64 {
    let (blocks, rest) = values.as_chunks::<8>();
    let mut lanes = [0.0_f64; 8];
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += (*value).into();
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += (*value).into();
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
