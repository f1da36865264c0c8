//! The mean over the worst patches of an error map.

use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{PatchSums, reduce_map, reduce_pair};
use crate::{Channels, Distance, Error, Pair, PairPool, PatchSize};

/// The number of patches that [`TopKPatches`] averages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TopK {
    /// This many, or all if there are fewer.
    Count(usize),
    /// This fraction of all patches, rounded to the nearest integer, and at least one.
    Fraction(f64),
}

impl TopK {
    /// The number of patches to average, of `patches` in all.
    ///
    /// ```
    /// use oddframe_score::TopK;
    /// assert_eq!(TopK::Count(5).of(64), 5);
    /// assert_eq!(TopK::Fraction(0.05).of(64), 3);
    /// ```
    pub fn of(self, patches: usize) -> usize {
        match self {
            Self::Count(count) => count.min(patches),
            Self::Fraction(share) => ((share * patches as f64).round() as usize)
                .max(1)
                .min(patches),
        }
    }
}

/// The mean of the K patches with the largest mean error.
///
/// All patches lie inside the map. If the stride leaves pixels uncovered at the right or the bottom
/// edge, one more column or row of patches is flush with that edge, so that every pixel counts.
/// Along an axis on which the map is shorter than a patch, the patch is as long as the map.
///
/// ```
/// use oddframe_core::{ErrorMap, Pool};
/// use oddframe_score::{TopK, TopKPatches};
/// // 128x128 pixels in 64 patches of 16x16.
/// let pool = TopKPatches::new(16, 16, TopK::Count(1))?;
/// let mut map = vec![0.0; 128 * 128];
/// map[0] = 256.0;
/// assert_eq!(pool.pool(ErrorMap::new(&map, 128, 128)?), 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopKPatches {
    patch: PatchSize,
    stride: PatchSize,
    k: TopK,
}

impl TopKPatches {
    /// Creates a pool over patches of the size `patch`, placed every `stride` pixels. Both are one side of a
    /// square or a tuple (width, height).
    ///
    /// # Errors
    /// When a side or a stride is zero, a stride is larger than the patch, `k` is a count of zero,
    /// or a fraction is not above 0 and at most 1.
    pub fn new(
        patch: impl Into<PatchSize>,
        stride: impl Into<PatchSize>,
        k: TopK,
    ) -> Result<Self, Error> {
        let (patch, stride) = (patch.into(), stride.into());
        if patch.width == 0 || patch.height == 0 {
            return Err(Error::InvalidPatch {
                width: patch.width,
                height: patch.height,
            });
        }
        for (stride, patch) in [(stride.width, patch.width), (stride.height, patch.height)] {
            if stride == 0 || stride > patch {
                return Err(Error::InvalidStride { stride, patch });
            }
        }
        match k {
            TopK::Count(0) => return Err(Error::InvalidCount),
            TopK::Fraction(value) if !(value > 0.0 && value <= 1.0) => {
                return Err(Error::InvalidFraction { value });
            }
            TopK::Count(_) | TopK::Fraction(_) => {}
        }
        Ok(Self { patch, stride, k })
    }

    /// The size of a patch.
    pub fn patch(self) -> PatchSize {
        self.patch
    }

    /// The distances from one patch to the next.
    pub fn stride(self) -> PatchSize {
        self.stride
    }

    /// The number of patches to average.
    pub fn k(self) -> TopK {
        self.k
    }

    fn patch_sums(self, width: usize, height: usize) -> PatchSums {
        PatchSums::new(width, height, self.patch, self.stride)
    }

    /// The mean over the K patches with the largest sums, given all sums.
    fn mean_of_top(self, mut sums: Vec<f64>, area: usize) -> f64 {
        // A fold without an early exit vectorises; so does `largest_value`.
        if sums.iter().fold(false, |found, sum| found | sum.is_nan()) {
            return f64::NAN;
        }
        let k = self.k.of(sums.len());
        // The common case needs no selection.
        if k == 1 {
            return largest_value(&sums) / area as f64;
        }
        // Move the k largest sums to the front, in linear time.
        sums.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
        // Sort the selected sums, so that the rounding of their total does not depend on the
        // selection algorithm.
        sums[..k].sort_unstable_by(|a, b| b.total_cmp(a));
        sums[..k].iter().sum::<f64>() / k as f64 / area as f64
    }
}

/// The largest of values that are not NaN, in eight independent lanes, so that no comparison waits
/// for the one before.
fn largest_value(values: &[f64]) -> f64 {
    let (blocks, rest) = values.as_chunks::<8>();
    let mut lanes = [f64::NEG_INFINITY; 8];
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane = if value > lane { *value } else { *lane };
        }
    }
    lanes
        .iter()
        .chain(rest)
        .copied()
        .fold(f64::NEG_INFINITY, f64::max)
}

impl Pool for TopKPatches {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        let patches = self.patch_sums(map.width(), map.height());
        self.mean_of_top(reduce_map(patches, map), patches.patch_area())
    }
}

impl PairPool for TopKPatches {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        let patches = self.patch_sums(pair.width(), pair.height());
        self.mean_of_top(
            reduce_pair(patches, pair, distance, channels),
            patches.patch_area(),
        ) / channels.sum_divisor(pair.channels())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{self, Images};

    fn pool(pool: TopKPatches, values: &[f32], width: usize) -> f64 {
        pool.pool(ErrorMap::new(values, width, values.len() / width).unwrap())
    }

    /// The definition: every patch is cut out and averaged, and the means are sorted.
    fn reference_score(pool: TopKPatches, map: &[f64], width: usize) -> f64 {
        let height = map.len() / width;
        let (pw, ph) = (
            pool.patch().width.min(width),
            pool.patch().height.min(height),
        );
        let starts = |len: usize, patch: usize, stride: usize| {
            let mut starts: Vec<_> = (0..=len - patch).step_by(stride).collect();
            if starts.last() != Some(&(len - patch)) {
                starts.push(len - patch);
            }
            starts
        };
        let mut means = Vec::new();
        for top in starts(height, ph, pool.stride().height) {
            for left in starts(width, pw, pool.stride().width) {
                let rows =
                    (top..top + ph).map(|y| map[y * width + left..][..pw].iter().sum::<f64>());
                means.push(rows.sum::<f64>() / (pw * ph) as f64);
            }
        }
        means.sort_by(|a, b| b.total_cmp(a));
        let k = match pool.k() {
            TopK::Count(count) => count.min(means.len()),
            TopK::Fraction(share) => ((share * means.len() as f64).round() as usize).max(1),
        };
        means[..k].iter().sum::<f64>() / k as f64
    }

    #[test]
    fn the_mean_is_taken_over_the_worst_of_64_patches() {
        let mut map = vec![0.0; 128 * 128];
        for y in 16..32 {
            map[y * 128 + 48..][..16].fill(2.0);
            map[(y + 64) * 128..][..16].fill(1.0);
        }
        let top = |k| pool(TopKPatches::new(16, 16, k).unwrap(), &map, 128);
        assert_eq!(top(TopK::Count(1)), 2.0);
        assert_eq!(top(TopK::Count(2)), 1.5);
        assert_eq!(top(TopK::Count(4)), 0.75);
        assert_eq!(top(TopK::Fraction(0.05)), 1.0);
        assert_eq!(top(TopK::Fraction(0.001)), 2.0);
        assert_eq!(top(TopK::Count(1000)), 3.0 / 64.0);
        assert_eq!(top(TopK::Fraction(1.0)), 3.0 / 64.0);
    }

    #[test]
    fn pixels_at_the_right_and_bottom_edges_count() {
        // 5x3 in patches of 2x2: patches flush with the edges cover the last column and row.
        let mut map = vec![0.0; 15];
        map[14] = 4.0;
        let worst = |map: &[f32]| pool(TopKPatches::new(2, 2, TopK::Count(1)).unwrap(), map, 5);
        assert_eq!(worst(&map), 1.0);
        map[13] = 4.0;
        assert_eq!(worst(&map), 2.0);
    }

    #[test]
    fn a_map_smaller_than_a_patch_is_one_patch() {
        let top = TopKPatches::new(16, 16, TopK::Count(3)).unwrap();
        assert_eq!(pool(top, &[1.0, 2.0, 3.0, 6.0], 2), 3.0);
        let huge = TopKPatches::new(usize::MAX, usize::MAX, TopK::Count(usize::MAX)).unwrap();
        assert_eq!(pool(huge, &[1.0, 2.0, 3.0, 6.0], 2), 3.0);
        // Less high than a patch, but three patches wide.
        assert_eq!(
            pool(
                TopKPatches::new(2, 2, TopK::Count(1)).unwrap(),
                &[1.0, 2.0, 3.0, 6.0, 0.0],
                5
            ),
            4.5
        );
    }

    #[test]
    fn the_ends_of_the_range_do_not_overflow() {
        for stride in [8, 4] {
            let top = TopKPatches::new(8, stride, TopK::Count(1)).unwrap();
            assert_eq!(pool(top, &vec![f32::MAX; 70 * 20], 70), f64::from(f32::MAX));
            let mut values = vec![1.0; 70 * 20];
            values[7] = f32::INFINITY;
            assert_eq!(pool(top, &values, 70), f64::INFINITY);
        }
    }

    #[test]
    fn impossible_patches_are_refused() {
        let new =
            |patch: (usize, usize), stride: (usize, usize), k| TopKPatches::new(patch, stride, k);
        let one = TopK::Count(1);
        assert_eq!(
            new((0, 4), (1, 1), one),
            Err(Error::InvalidPatch {
                width: 0,
                height: 4
            })
        );
        assert_eq!(
            new((4, 4), (4, 0), one),
            Err(Error::InvalidStride {
                stride: 0,
                patch: 4
            })
        );
        assert_eq!(
            new((4, 2), (4, 3), one),
            Err(Error::InvalidStride {
                stride: 3,
                patch: 2
            })
        );
        assert_eq!(
            new((4, 4), (4, 4), TopK::Count(0)),
            Err(Error::InvalidCount)
        );
        for share in [0.0, -0.5, 1.01, f64::NAN] {
            assert!(matches!(
                new((4, 4), (4, 4), TopK::Fraction(share)),
                Err(Error::InvalidFraction { .. })
            ));
        }
    }

    #[test]
    fn a_nan_anywhere_gives_nan() {
        for (patch, stride) in [(16, 16), (8, 8), (8, 3), (1, 1), (64, 1)] {
            reference::assert_nan_propagates(
                &TopKPatches::new(patch, stride, TopK::Count(1)).unwrap(),
            );
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(
            images in Images::any(), (distance, channels) in reference::any_mode(),
            patch in (1_usize..40, 1_usize..40), stride in (1_usize..40, 1_usize..40), tight: bool,
            k in prop_oneof![(1_usize..20).prop_map(TopK::Count), (0.01_f64..=1.0).prop_map(TopK::Fraction)],
        ) {
            let stride = if tight { patch } else { (stride.0.min(patch.0), stride.1.min(patch.1)) };
            let top = TopKPatches::new(patch, stride, k).unwrap();
            reference::assert_agrees(&top, &images, distance, channels, |map, width| reference_score(top, map, width))?;
        }
    }
}
