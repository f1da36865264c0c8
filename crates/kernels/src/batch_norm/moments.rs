//! Mean and variance in one pass over memory.
//!
//! A chunk is read twice while it lies in the cache: for its mean, and for what is left without it, so that nothing
//! cancels however far the mean is from zero (sums of values beyond 1e36 may overflow). Chunks are merged as T. F. Chan and others do it (Updating formulae and
//! a pairwise algorithm for computing sample variances, 1979).

use super::BatchNorm;
use crate::bias::Sum;
use crate::columns::Columns;
use crate::each::each;
use crate::simd::{Lanes, Simd, Step, Token, Vector, fold};

/// How many values of each channel were met, their means, and the sums of squares without the mean.
#[derive(Default)]
struct Moments {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl BatchNorm {
    pub(super) fn moments(&self, x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
        let columns = &self.columns;
        let mut parts = Vec::new();
        parts.resize_with(x.len().div_ceil(columns.part()), Moments::default);
        each(x.chunks(columns.part()).zip(parts.iter_mut()), |(x, part)| {
            *part = Moments::of(columns, self.simd, x);
        });
        let mut whole = Moments::default();
        for part in &parts {
            whole.merge(part);
        }
        for (at, (mean, variance)) in mean.iter_mut().zip(variance).enumerate() {
            *mean = whole.mean[at] as f32;
            *variance = (whole.squares[at] / whole.count) as f32;
        }
    }
}

impl Moments {
    fn of(columns: &Columns, simd: Simd, x: &[f32]) -> Self {
        let (channels, width) = (columns.channels(), columns.width());
        let mut part = Self::default();
        let mut chunk = Self { count: 0.0, mean: vec![0.0; channels], squares: vec![0.0; channels] };
        let (mut sums, mut squares) = (vec![0.0; width], vec![0.0; width]);
        let mut offsets = vec![0.0; channels];
        for x in x.chunks(columns.chunk()) {
            chunk.count = (x.len() / channels) as f64;
            sums.fill(0.0);
            fold(simd, &Sum, width, [x], [], [&mut sums]);
            chunk.mean.fill(0.0);
            columns.add_up(&sums, &mut chunk.mean);
            let centre = columns.row(chunk.mean.iter().map(|sum| (sum / chunk.count) as f32));

            sums.fill(0.0);
            squares.fill(0.0);
            fold(simd, &Centred, width, [x], [&centre], [&mut sums, &mut squares]);
            offsets.fill(0.0);
            chunk.squares.fill(0.0);
            columns.add_up(&sums, &mut offsets);
            columns.add_up(&squares, &mut chunk.squares);
            for at in 0..channels {
                // The centre is the mean but for rounding; what it lacks is put right here.
                let offset = offsets[at] / chunk.count;
                chunk.mean[at] = f64::from(centre[at]) + offset;
                let squares = chunk.squares[at] - offset * offsets[at];
                chunk.squares[at] = if squares < 0.0 { 0.0 } else { squares };
            }
            part.merge(&chunk);
        }
        part
    }

    fn merge(&mut self, other: &Self) {
        if self.count == 0.0 {
            self.count = other.count;
            self.mean.clone_from(&other.mean);
            self.squares.clone_from(&other.squares);
            return;
        }
        let count = self.count + other.count;
        let share = other.count / count;
        let weight = self.count * share;
        let to = self.mean.iter_mut().zip(&mut self.squares);
        for ((mean, squares), (other, more)) in to.zip(other.mean.iter().zip(&other.squares)) {
            let apart = other - *mean;
            *mean += apart * share;
            *squares += more + apart * apart * weight;
        }
        self.count = count;
    }
}

/// Adds what is left without the centre, and its square.
struct Centred;

impl Step<1, 1, 2> for Centred {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        _: Token<V>,
        [x]: [Lanes<V>; 1],
        [centre]: [Lanes<V>; 1],
        [sum, squares]: [Lanes<V>; 2],
    ) -> [Lanes<V>; 2] {
        let left = x - centre;
        [sum + left, left.mul_add(left, squares)]
    }
}
