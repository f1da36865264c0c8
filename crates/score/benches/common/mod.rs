//! The data of both benchmarks, and the plain sum with which the pools are compared.

use oddframe_core::Random;
use pulp::{Arch, NullaryFnOnce};

/// Values of each slice that are added at a time: eight AVX2 accumulators for both.
const LANES: usize = 32;

/// A batch of images of noise with their reconstructions.
pub(crate) struct Batch {
    pub(crate) name: &'static str,
    pub(crate) channels: usize,
    pub(crate) side: usize,
    pub(crate) input: Vec<f32>,
    pub(crate) reconstruction: Vec<f32>,
}

impl Batch {
    fn new(name: &'static str, images: usize, channels: usize, side: usize) -> Self {
        let mut random = Random::new(7);
        let count = images * channels * side * side;
        let [input, reconstruction] =
            [(); 2].map(|()| (0..count).map(|_| random.unit() as f32).collect());
        Self {
            name,
            channels,
            side,
            input,
            reconstruction,
        }
    }

    /// From batches that fit the second-level cache to those that fit none.
    pub(crate) fn all() -> [Self; 5] {
        [
            Self::new("128x1", 1, 1, 128),
            Self::new("128x3", 1, 3, 128),
            Self::new("256x3", 1, 3, 256),
            Self::new("32 of 128x3", 32, 3, 128),
            Self::new("256 of 128x3", 256, 3, 128),
        ]
    }

    pub(crate) fn bytes(&self) -> u64 {
        (size_of_val(&*self.input) * 2) as u64
    }
}

/// The sum of both slices in `f32`, in 64 independent lanes, dispatched like the pools: the speed
/// at which memory can be read and added.
pub(crate) fn plain_sum(input: &[f32], reconstruction: &[f32]) -> f32 {
    Arch::new().dispatch(Sum(input, reconstruction))
}

struct Sum<'a>(&'a [f32], &'a [f32]);

impl NullaryFnOnce for Sum<'_> {
    type Output = f32;

    #[expect(
        clippy::inline_always,
        reason = "a function that is not inlined into the dispatch loses the wide registers"
    )]
    #[inline(always)]
    fn call(self) -> f32 {
        let (mut left, mut right) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        for (a, b) in self.0.chunks_exact(LANES).zip(self.1.chunks_exact(LANES)) {
            for lane in 0..LANES {
                left[lane] += a[lane];
                right[lane] += b[lane];
            }
        }
        left.iter().chain(&right).sum()
    }
}
