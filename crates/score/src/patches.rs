//! Sizes and positions of patches.

use std::fmt;

/// Width and height of a patch, or the distances from one patch to the next, in pixels.
///
/// ```
/// use oddframe_score::PatchSize;
/// assert_eq!(PatchSize::from(16).to_string(), "16");
/// assert_eq!(PatchSize::from((16, 8)).to_string(), "16x8");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PatchSize {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A square of this side.
impl From<usize> for PatchSize {
    fn from(side_px: usize) -> Self {
        Self {
            width: side_px,
            height: side_px,
        }
    }
}

/// (width, height).
impl From<(usize, usize)> for PatchSize {
    fn from((width, height): (usize, usize)) -> Self {
        Self { width, height }
    }
}

/// `16` for a square, `16x8` otherwise.
impl fmt::Display for PatchSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.width == self.height {
            self.width.fmt(f)
        } else {
            write!(f, "{}x{}", self.width, self.height)
        }
    }
}

/// The patches along one axis of a map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    len: usize,
    patch: usize,
    stride: usize,
}

impl Axis {
    /// Patches of `patch` pixels every `stride` pixels along `len` pixels; a single one if the axis
    /// is shorter than a patch.
    pub(crate) fn new(len: usize, patch: usize, stride: usize) -> Self {
        Self {
            len,
            patch: patch.min(len),
            stride,
        }
    }

    /// The side of a patch, at most the length of the axis.
    pub(crate) fn patch_len(self) -> usize {
        self.patch
    }

    /// The first pixels of the patches: every stride, and one more patch at the end if the others
    /// leave pixels uncovered.
    pub(crate) fn patch_starts(self) -> impl Iterator<Item = usize> {
        let last = self.len - self.patch;
        let flush = (!last.is_multiple_of(self.stride)).then_some(last);
        (0..=last).step_by(self.stride).chain(flush)
    }

    /// The number of patches.
    pub(crate) fn patch_count(self) -> usize {
        (self.len - self.patch).div_ceil(self.stride) + 1
    }

    /// Whether no two patches share a pixel.
    pub(crate) fn is_disjoint(self) -> bool {
        self.patch == self.len
            || (self.patch == self.stride && self.len.is_multiple_of(self.stride))
    }

    /// The pixels at which a patch starts or ends, in order. All pixels between two of them lie in
    /// the same patches.
    pub(crate) fn strip_boundaries(self) -> Vec<usize> {
        // Patches that overlap share strips of pixels. Sums over strips are computed once and added up for each patch, so that the
        // work does not grow with the overlap.
        let mut cuts: Vec<usize> = self
            .patch_starts()
            .flat_map(|start| [start, start + self.patch])
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_patch_is_flush_with_the_end() {
        let starts = |len, patch, stride| {
            Axis::new(len, patch, stride)
                .patch_starts()
                .collect::<Vec<_>>()
        };
        assert_eq!(starts(128, 16, 16), [0, 16, 32, 48, 64, 80, 96, 112]);
        assert_eq!(starts(20, 8, 8), [0, 8, 12]);
        assert_eq!(starts(20, 8, 5), [0, 5, 10, 12]);
        assert_eq!(starts(5, 8, 8), [0]);
        assert_eq!(starts(5, usize::MAX, usize::MAX), [0]);
        assert_eq!(Axis::new(20, 8, 8).strip_boundaries(), [0, 8, 12, 16, 20]);
    }

    proptest! {
        #[test]
        fn patches_cover_every_pixel(len in 1_usize..70, patch in 1_usize..80, stride in 1_usize..80) {
            prop_assume!(stride <= patch);
            let axis = Axis::new(len, patch, stride);
            prop_assert_eq!(axis.patch_starts().count(), axis.patch_count());
            let mut covered = vec![false; len];
            for start in axis.patch_starts() {
                covered[start..start + axis.patch_len()].fill(true);
            }
            prop_assert!(covered.iter().all(|c| *c));
            prop_assert!(axis.patch_starts().is_sorted_by(|a, b| a < b));
            let cuts = axis.strip_boundaries();
            prop_assert_eq!((cuts.first(), cuts.last()), (Some(&0), Some(&len)));
        }
    }
}
