use std::fmt;

/// Width and height of a patch, or of the step from one to the next, in pixels.
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
        Self { width: side_px, height: side_px }
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
    /// Patches of `patch` every `stride` along `len`; one of `len` where that is shorter.
    pub(crate) fn new(len: usize, patch: usize, stride: usize) -> Self {
        Self { len, patch: patch.min(len), stride }
    }

    /// The side of a patch, clipped to the axis.
    pub(crate) fn patch(self) -> usize {
        self.patch
    }

    /// Where patches start: every stride, and once more flush with the end where that left pixels over.
    pub(crate) fn starts(self) -> impl Iterator<Item = usize> {
        let last = self.len - self.patch;
        let flush = (!last.is_multiple_of(self.stride)).then_some(last);
        (0..=last).step_by(self.stride).chain(flush)
    }

    /// How many patches there are.
    pub(crate) fn count(self) -> usize {
        (self.len - self.patch).div_ceil(self.stride) + 1
    }

    /// Whether no two patches share a pixel.
    pub(crate) fn apart(self) -> bool {
        self.patch == self.len || (self.patch == self.stride && self.len.is_multiple_of(self.stride))
    }

    /// Where patches start or end, in order: between two of them all lies in the same patches.
    pub(crate) fn cuts(self) -> Vec<usize> {
        let mut cuts: Vec<usize> = self.starts().flat_map(|start| [start, start + self.patch]).collect();
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
    fn the_rest_gets_a_patch_flush_with_the_end() {
        let starts = |len, patch, stride| Axis::new(len, patch, stride).starts().collect::<Vec<_>>();
        assert_eq!(starts(128, 16, 16), [0, 16, 32, 48, 64, 80, 96, 112]);
        assert_eq!(starts(20, 8, 8), [0, 8, 12]);
        assert_eq!(starts(20, 8, 5), [0, 5, 10, 12]);
        assert_eq!(starts(5, 8, 8), [0]);
        assert_eq!(starts(5, usize::MAX, usize::MAX), [0]);
        assert_eq!(Axis::new(20, 8, 8).cuts(), [0, 8, 12, 16, 20]);
    }

    proptest! {
        #[test]
        fn every_pixel_lies_in_a_patch(len in 1_usize..70, patch in 1_usize..80, stride in 1_usize..80) {
            prop_assume!(stride <= patch);
            let axis = Axis::new(len, patch, stride);
            prop_assert_eq!(axis.starts().count(), axis.count());
            let mut covered = vec![false; len];
            for start in axis.starts() {
                covered[start..start + axis.patch()].fill(true);
            }
            prop_assert!(covered.iter().all(|c| *c));
            prop_assert!(axis.starts().is_sorted_by(|a, b| a < b));
            let cuts = axis.cuts();
            prop_assert_eq!((cuts.first(), cuts.last()), (Some(&0), Some(&len)));
        }
    }
}
