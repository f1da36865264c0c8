use super::columns::{add_rows, column_sums};
use super::{Kernel, Source};
use crate::PatchSize;
use crate::patches::Axis;

/// Rows that are added up in `f32` before they go to `f64`: few enough that the rounding stays below a
/// millionth.
const DEPTH: usize = 16;

/// The sum of every patch, row by row.
#[derive(Clone, Copy)]
pub(crate) struct PatchSums {
    columns: Axis,
    rows: Axis,
    width: usize,
}

impl Kernel for PatchSums {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run<S: Source>(self, source: S) -> Vec<f64> {
        let sums = self.sums(source, DEPTH);
        // Values near the end of `f32` overflow when two of them meet there, so they go to `f64` one by one.
        // Without a way out in the middle the loop runs in wide registers.
        let finite = sums.iter().fold(true, |all, sum| all & sum.is_finite());
        if finite { sums } else { self.sums(source, 1) }
    }
}

impl PatchSums {
    /// Patches of this size, this far apart, in a map of `width` and `height`.
    pub(crate) fn new(width: usize, height: usize, patch: PatchSize, stride: PatchSize) -> Self {
        Self {
            columns: Axis::new(width, patch.width, stride.width),
            rows: Axis::new(height, patch.height, stride.height),
            width,
        }
    }

    /// Pixels in a patch.
    pub(crate) fn area(self) -> usize {
        self.rows.patch() * self.columns.patch()
    }

    #[inline(always)]
    fn sums<S: Source>(self, source: S, depth: usize) -> Vec<f64> {
        let mut sums = Vec::with_capacity(self.rows.count() * self.columns.count());
        let mut part = vec![0.0_f32; self.width];
        if self.rows.apart() && self.rows.patch() <= depth {
            for top in self.rows.starts() {
                add_rows(source, top..top + self.rows.patch(), &mut part);
                self.across(&part, &mut sums);
            }
            return sums;
        }
        // Where patches overlap, pixels are still read once: the map is cut into strips wherever a patch starts
        // or ends, and each row of patches is added up from its strips.
        let mut band = vec![0.0_f64; self.width];
        let cuts = self.rows.cuts();
        let mut strips = vec![0.0; (cuts.len() - 1) * self.width];
        for (cut, strip) in cuts.windows(2).zip(strips.chunks_exact_mut(self.width)) {
            column_sums(source, cut[0]..cut[1], depth, &mut part, strip);
        }
        for top in self.rows.starts() {
            let first = cuts.partition_point(|cut| *cut < top);
            let behind = cuts.partition_point(|cut| *cut < top + self.rows.patch());
            band.fill(0.0);
            for strip in strips[first * self.width..behind * self.width].chunks_exact(self.width) {
                for (sum, value) in band.iter_mut().zip(strip) {
                    *sum += value;
                }
            }
            self.across(&band, &mut sums);
        }
        sums
    }

    /// Adds up the patches of one row from the sums of its columns.
    #[inline(always)]
    fn across<T: Copy + Into<f64>>(self, band: &[T], sums: &mut Vec<f64>) {
        if self.columns.apart() {
            for patch in band.chunks_exact(self.columns.patch()) {
                sums.push(sum(patch));
            }
        } else {
            for left in self.columns.starts() {
                sums.push(sum(&band[left..left + self.columns.patch()]));
            }
        }
    }
}

/// The sum, in as many lanes as keep additions from waiting for each other.
#[inline(always)]
fn sum<T: Copy + Into<f64>>(values: &[T]) -> f64 {
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
