//! The values of an error map, in memory or computed from a pair of images.

use crate::Pair;

/// Values in a block: four registers of AVX2, two of AVX-512, eight of SSE2 and NEON.
pub(super) const LANES: usize = 32;

/// Columns that are added at a time.
pub(super) const WIDE: usize = 2 * LANES;

/// A reduction of a map's values.
pub(crate) trait Kernel {
    /// The result.
    type Output;

    /// Reduces the values. Must be `#[inline(always)]`, and so must be all that it calls in its
    /// loops.
    fn reduce<S: Source>(self, source: S) -> Self::Output;
}

/// The values of a map.
pub(crate) trait Source: Copy {
    /// Whether no value is negative. There may still be NaN of either sign.
    const NEVER_NEGATIVE: bool;

    /// The number of values.
    fn len(self) -> usize;

    /// The values `at..at + LANES`.
    fn load_block(self, at: usize) -> [f32; LANES];

    /// Adds `rows` rows of `WIDE` values lane by lane. The first row starts at `at`, each further
    /// one `width` values behind its predecessor.
    #[inline(always)]
    fn add_rows(self, at: usize, width: usize, rows: usize, sums: &mut [f32; WIDE]) {
        for row in 0..rows {
            for (i, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let block = self.load_block(at + row * width + i * LANES);
                for lane in 0..LANES {
                    sums[lane] += block[lane];
                }
            }
        }
    }

    /// A single value.
    fn value_at(self, at: usize) -> f32;

    /// The number of images in memory that a value is computed from: the channels of a pair.
    #[inline(always)]
    fn stream_count(self) -> usize {
        1
    }
}

/// A map in memory.
impl Source for &[f32] {
    const NEVER_NEGATIVE: bool = false;

    #[inline(always)]
    fn len(self) -> usize {
        <[f32]>::len(self)
    }

    #[inline(always)]
    fn load_block(self, at: usize) -> [f32; LANES] {
        // A copy instead of a reference: it stays in registers.
        let mut block = [0.0; LANES];
        block.copy_from_slice(&self[at..at + LANES]);
        block
    }

    #[inline(always)]
    fn value_at(self, at: usize) -> f32 {
        self[at]
    }
}

/// The absolute values of a map in memory.
#[derive(Clone, Copy)]
pub(super) struct Magnitudes<'a>(pub(super) &'a [f32]);

impl Source for Magnitudes<'_> {
    const NEVER_NEGATIVE: bool = true;

    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn load_block(self, at: usize) -> [f32; LANES] {
        let mut block = self.0.load_block(at);
        for value in &mut block {
            *value = value.abs();
        }
        block
    }

    #[inline(always)]
    fn value_at(self, at: usize) -> f32 {
        self.0[at].abs()
    }
}

/// The distance of two values, never negative.
pub(super) trait Measure: Copy {
    fn distance_between(self, a: f32, b: f32) -> f32;
}

#[derive(Clone, Copy)]
pub(super) struct SquaredError;

impl Measure for SquaredError {
    #[inline(always)]
    fn distance_between(self, a: f32, b: f32) -> f32 {
        (a - b) * (a - b)
    }
}

#[derive(Clone, Copy)]
pub(super) struct AbsoluteError;

impl Measure for AbsoluteError {
    #[inline(always)]
    fn distance_between(self, a: f32, b: f32) -> f32 {
        (a - b).abs()
    }
}

/// The errors of a pair of one channel.
#[derive(Clone, Copy)]
pub(super) struct Plane<'a, M> {
    input: &'a [f32],
    reconstruction: &'a [f32],
    measure: M,
}

impl<'a, M: Measure> Plane<'a, M> {
    pub(super) fn new(pair: Pair<'a>, measure: M) -> Self {
        Self {
            input: pair.input(),
            reconstruction: pair.reconstruction(),
            measure,
        }
    }
}

impl<M: Measure> Source for Plane<'_, M> {
    const NEVER_NEGATIVE: bool = true;

    #[inline(always)]
    fn len(self) -> usize {
        self.input.len()
    }

    #[inline(always)]
    fn load_block(self, at: usize) -> [f32; LANES] {
        // Slices of a constant length: the bounds are checked once and the loop needs no further
        // checks.
        let (input, reconstruction) = (
            &self.input[at..at + LANES],
            &self.reconstruction[at..at + LANES],
        );
        let mut block = [0.0; LANES];
        for lane in 0..LANES {
            block[lane] = self
                .measure
                .distance_between(input[lane], reconstruction[lane]);
        }
        block
    }

    #[inline(always)]
    fn add_rows(self, at: usize, width: usize, rows: usize, sums: &mut [f32; WIDE]) {
        // Slices of whole rows need two bounds checks per row, instead of one per block and slice.
        let input = self.input[at..].chunks(width);
        let reconstruction = self.reconstruction[at..].chunks(width);
        for (a, b) in input.zip(reconstruction).take(rows) {
            let (Some(a), Some(b)) = (a.first_chunk::<WIDE>(), b.first_chunk::<WIDE>()) else {
                return;
            };
            for lane in 0..WIDE {
                sums[lane] += self.measure.distance_between(a[lane], b[lane]);
            }
        }
    }

    #[inline(always)]
    fn value_at(self, at: usize) -> f32 {
        self.measure
            .distance_between(self.input[at], self.reconstruction[at])
    }
}

/// The errors of a pair of several channels, summed for each pixel.
#[derive(Clone, Copy)]
pub(super) struct Added<'a, M> {
    all: Plane<'a, M>,
    pixels: usize,
}

impl<'a, M: Measure> Added<'a, M> {
    pub(super) fn new(pair: Pair<'a>, measure: M) -> Self {
        Self {
            all: Plane::new(pair, measure),
            pixels: pair.pixels(),
        }
    }
}

impl<M: Measure> Source for Added<'_, M> {
    const NEVER_NEGATIVE: bool = true;

    #[inline(always)]
    fn len(self) -> usize {
        self.pixels
    }

    #[inline(always)]
    fn stream_count(self) -> usize {
        self.all.len() / self.pixels
    }

    #[inline(always)]
    fn load_block(self, at: usize) -> [f32; LANES] {
        // Channel after channel, each `pixels` values behind the one before.
        let mut block = self.all.load_block(at);
        let mut next = at + self.pixels;
        while next < self.all.len() {
            let channel = self.all.load_block(next);
            for lane in 0..LANES {
                block[lane] += channel[lane];
            }
            next += self.pixels;
        }
        block
    }

    #[inline(always)]
    fn value_at(self, at: usize) -> f32 {
        (at..self.all.len())
            .step_by(self.pixels)
            .map(|i| self.all.value_at(i))
            .sum()
    }
}

/// The errors of a pair of several channels, the largest for each pixel.
#[derive(Clone, Copy)]
pub(super) struct Largest<'a, M>(Added<'a, M>);

impl<'a, M: Measure> Largest<'a, M> {
    pub(super) fn new(pair: Pair<'a>, measure: M) -> Self {
        Self(Added::new(pair, measure))
    }
}

impl<M: Measure> Source for Largest<'_, M> {
    const NEVER_NEGATIVE: bool = true;

    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn stream_count(self) -> usize {
        self.0.stream_count()
    }

    #[inline(always)]
    fn load_block(self, at: usize) -> [f32; LANES] {
        let Added { all, pixels } = self.0;
        let mut block = all.load_block(at);
        let mut next = at + pixels;
        while next < all.len() {
            let channel = all.load_block(next);
            for lane in 0..LANES {
                block[lane] = larger_or_nan(block[lane], channel[lane]);
            }
            next += pixels;
        }
        block
    }

    #[inline(always)]
    fn value_at(self, at: usize) -> f32 {
        let Added { all, pixels } = self.0;
        (at..all.len())
            .step_by(pixels)
            .map(|i| all.value_at(i))
            .fold(0.0, larger_or_nan)
    }
}

/// The larger of two values that are not negative, or NaN if one of them is NaN.
///
/// The bits of such values, read as integers, have the order of the values, and NaN of either sign
/// comes last.
#[inline(always)]
fn larger_or_nan(a: f32, b: f32) -> f32 {
    f32::from_bits(a.to_bits().max(b.to_bits()))
}
