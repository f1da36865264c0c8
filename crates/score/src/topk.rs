use oddframe_core::{ErrorMap, Pool};

use crate::kernel::{Kernel, Source, add_rows, column_sums, over_map, over_pair};
use crate::patches::Axis;
use crate::{Channels, Distance, Error, Pair, PairPool, PatchSize};

/// How many patches count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TopK {
    /// This many, or all where there are fewer.
    Count(usize),
    /// This share of all patches, to the nearest whole number, and at least one.
    Fraction(f64),
}

/// The mean of the K patches with the largest mean error.
///
/// Patches lie wholly inside the map. Where their stride leaves pixels over at the right or the bottom edge,
/// one more row or column of patches lies flush with that edge, so that every pixel counts. Along an axis on
/// which the map is shorter than a patch, the patch is as long as the map.
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
    /// Patches of this size, this far apart; give one side for squares, or (width, height).
    ///
    /// # Errors
    /// When a side or a stride is zero, a stride is larger than the patch, no patch would count, or a fraction
    /// is not above 0 and at most 1.
    pub fn new(patch: impl Into<PatchSize>, stride: impl Into<PatchSize>, k: TopK) -> Result<Self, Error> {
        let (patch, stride) = (patch.into(), stride.into());
        if patch.width == 0 || patch.height == 0 {
            return Err(Error::InvalidPatch { width: patch.width, height: patch.height });
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

    /// The step from one patch to the next.
    pub fn stride(self) -> PatchSize {
        self.stride
    }

    /// How many patches count.
    pub fn k(self) -> TopK {
        self.k
    }

    fn patches(self, width: usize, height: usize) -> PatchSums {
        PatchSums {
            columns: Axis::new(width, self.patch.width, self.stride.width),
            rows: Axis::new(height, self.patch.height, self.stride.height),
            width,
        }
    }

    /// The mean over the K patches with the largest sums.
    fn top(self, mut sums: Vec<f64>, area: usize) -> f64 {
        if sums.iter().any(|sum| sum.is_nan()) {
            return f64::NAN;
        }
        let k = match self.k {
            TopK::Count(count) => count.min(sums.len()),
            TopK::Fraction(share) => ((share * sums.len() as f64).round() as usize).clamp(1, sums.len()),
        };
        if k == 1 { return sums.iter().copied().fold(f64::NEG_INFINITY, f64::max) / area as f64; }
        let descending = |a: &f64, b: &f64| b.total_cmp(a);
        sums.select_nth_unstable_by(k - 1, descending);
        // In order, so that the last digits of the sum do not hang on how the selection works.
        sums[..k].sort_unstable_by(descending);
        sums[..k].iter().sum::<f64>() / k as f64 / area as f64
    }
}

impl Pool for TopKPatches {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        let patches = self.patches(map.width(), map.height());
        self.top(over_map(patches, map), patches.area())
    }
}

impl PairPool for TopKPatches {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        let patches = self.patches(pair.width(), pair.height());
        self.top(over_pair(patches, pair, distance, channels), patches.area()) / channels.divisor(pair.channels())
    }
}

/// Rows that are added up in `f32` before they go to `f64`: few enough that the rounding stays below a
/// millionth.
const DEPTH: usize = 16;

/// The sum of every patch, row by row.
#[derive(Clone, Copy)]
struct PatchSums {
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
        if sums.iter().all(|m| m.is_finite()) { sums } else { self.sums(source, 1) }
    }
}

impl PatchSums {
    fn area(self) -> usize {
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
        // Where rows of patches overlap, pixels are still read once: the map is cut into strips wherever a
        // patch starts or ends, and rows of patches are added up from these.
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
    let four: [f64; 4] = [lanes[0] + lanes[4], lanes[1] + lanes[5], lanes[2] + lanes[6], lanes[3] + lanes[7]];
    let mut sum = (four[0] + four[2]) + (four[1] + four[3]);
    for value in rest {
        sum += (*value).into();
    }
    sum
}
