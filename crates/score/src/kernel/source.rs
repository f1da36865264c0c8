use crate::Pair;

/// Values that are read at a time: four registers of AVX2, two of AVX-512, eight of SSE2 and NEON.
pub(crate) const LANES: usize = 32;

/// Columns that are added up at a time.
pub(crate) const WIDE: usize = 2 * LANES;

/// Where a map's values come from.
pub(crate) trait Source: Copy {
    /// Whether no value is below zero; NaN may still come, of either sign.
    const NEVER_NEGATIVE: bool;

    /// How many values there are.
    fn len(self) -> usize;

    /// The values `at..at + LANES`.
    fn block(self, at: usize) -> [f32; LANES];

    /// Adds `rows` stretches of values lane by lane: the first starts at `at`, each `width` behind the one
    /// before.
    #[inline(always)]
    fn add_rows(self, at: usize, width: usize, rows: usize, sums: &mut [f32; WIDE]) {
        for row in 0..rows {
            for (i, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let block = self.block(at + row * width + i * LANES);
                for lane in 0..LANES {
                    sums[lane] += block[lane];
                }
            }
        }
    }

    /// One value.
    fn value(self, at: usize) -> f32;

    /// From how many places of memory a value comes.
    #[inline(always)]
    fn streams(self) -> usize {
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
    fn block(self, at: usize) -> [f32; LANES] {
        let mut block = [0.0; LANES];
        block.copy_from_slice(&self[at..at + LANES]);
        block
    }

    #[inline(always)]
    fn value(self, at: usize) -> f32 {
        self[at]
    }
}

/// A map in memory without its signs.
#[derive(Clone, Copy)]
pub(super) struct Magnitudes<'a>(pub(super) &'a [f32]);

impl Source for Magnitudes<'_> {
    const NEVER_NEGATIVE: bool = true;

    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn block(self, at: usize) -> [f32; LANES] {
        let mut block = self.0.block(at);
        for value in &mut block {
            *value = value.abs();
        }
        block
    }

    #[inline(always)]
    fn value(self, at: usize) -> f32 {
        self.0[at].abs()
    }
}

/// The distance of two values, never negative.
pub(super) trait Measure: Copy {
    fn between(self, a: f32, b: f32) -> f32;
}

#[derive(Clone, Copy)]
pub(super) struct SquaredError;

impl Measure for SquaredError {
    #[inline(always)]
    fn between(self, a: f32, b: f32) -> f32 {
        (a - b) * (a - b)
    }
}

#[derive(Clone, Copy)]
pub(super) struct AbsoluteError;

impl Measure for AbsoluteError {
    #[inline(always)]
    fn between(self, a: f32, b: f32) -> f32 {
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
        Self { input: pair.input(), reconstruction: pair.reconstruction(), measure }
    }
}

impl<M: Measure> Source for Plane<'_, M> {
    const NEVER_NEGATIVE: bool = true;

    #[inline(always)]
    fn len(self) -> usize {
        self.input.len()
    }

    #[inline(always)]
    fn block(self, at: usize) -> [f32; LANES] {
        let (input, reconstruction) = (&self.input[at..at + LANES], &self.reconstruction[at..at + LANES]);
        let mut block = [0.0; LANES];
        for lane in 0..LANES {
            block[lane] = self.measure.between(input[lane], reconstruction[lane]);
        }
        block
    }

    #[inline(always)]
    fn add_rows(self, at: usize, width: usize, rows: usize, sums: &mut [f32; WIDE]) {
        // Written over rows as slices, which costs two checks a row instead of one a block and slice.
        let input = self.input[at..].chunks(width);
        let reconstruction = self.reconstruction[at..].chunks(width);
        for (a, b) in input.zip(reconstruction).take(rows) {
            let (Some(a), Some(b)) = (a.first_chunk::<WIDE>(), b.first_chunk::<WIDE>()) else { return };
            for lane in 0..WIDE {
                sums[lane] += self.measure.between(a[lane], b[lane]);
            }
        }
    }

    #[inline(always)]
    fn value(self, at: usize) -> f32 {
        self.measure.between(self.input[at], self.reconstruction[at])
    }
}

/// The errors of a pair of several channels, added up pixel by pixel.
#[derive(Clone, Copy)]
pub(super) struct Added<'a, M> {
    all: Plane<'a, M>,
    pixels: usize,
}

impl<'a, M: Measure> Added<'a, M> {
    pub(super) fn new(pair: Pair<'a>, measure: M) -> Self {
        Self { all: Plane::new(pair, measure), pixels: pair.pixels() }
    }
}

impl<M: Measure> Source for Added<'_, M> {
    const NEVER_NEGATIVE: bool = true;

    #[inline(always)]
    fn len(self) -> usize {
        self.pixels
    }

    #[inline(always)]
    fn streams(self) -> usize {
        self.all.len() / self.pixels
    }

    #[inline(always)]
    fn block(self, at: usize) -> [f32; LANES] {
        let mut block = self.all.block(at);
        let mut next = at + self.pixels;
        while next < self.all.len() {
            let channel = self.all.block(next);
            for lane in 0..LANES {
                block[lane] += channel[lane];
            }
            next += self.pixels;
        }
        block
    }

    #[inline(always)]
    fn value(self, at: usize) -> f32 {
        (at..self.all.len()).step_by(self.pixels).map(|i| self.all.value(i)).sum()
    }
}

/// The errors of a pair of several channels, the largest of each pixel.
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
    fn streams(self) -> usize {
        self.0.streams()
    }

    #[inline(always)]
    fn block(self, at: usize) -> [f32; LANES] {
        let Added { all, pixels } = self.0;
        let mut block = all.block(at);
        let mut next = at + pixels;
        while next < all.len() {
            let channel = all.block(next);
            for lane in 0..LANES {
                block[lane] = larger(block[lane], channel[lane]);
            }
            next += pixels;
        }
        block
    }

    #[inline(always)]
    fn value(self, at: usize) -> f32 {
        let Added { all, pixels } = self.0;
        (at..all.len()).step_by(pixels).map(|i| all.value(i)).fold(0.0, larger)
    }
}

/// The larger of two values that are not below zero, or NaN where there is one.
///
/// The bits of such values are ordered as the values are, and those of a NaN of either sign lie above all.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    f32::from_bits(a.to_bits().max(b.to_bits()))
}
