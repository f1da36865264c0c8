//! Mean and variance of every channel, in one pass over memory.
//!
//! Each chunk of rows is read twice while it is in the cache: once for its mean, and once for the sum of squared
//! differences from that mean. Nothing cancels, however far the mean is from zero, whereas the textbook formula
//! E[x²] - E[x]² loses every digit where the mean is large. (Sums of values beyond 1e36 may overflow.) Chunks are merged
//! by the formula of T. F. Chan and others (Updating formulae and a pairwise algorithm for computing sample variances,
//! 1979), in an order that depends on the shape alone.

use super::BatchNorm;
use crate::bias::Sum;
use crate::columns::Columns;
use crate::partition::for_each_part;
use crate::simd::{Lanes, Simd, Step, Token, Vector, fold_columns};

/// The number of values of each channel, their means, and the sums of their squared differences from the mean.
#[derive(Default)]
struct Moments {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl BatchNorm {
    pub(super) fn compute_moments(&self, x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
        let columns = &self.columns;
        let mut parts = Vec::new();
        parts.resize_with(x.len().div_ceil(columns.part_len()), Moments::default);
        for_each_part(
            x.chunks(columns.part_len()).zip(parts.iter_mut()),
            |(x, part)| {
                *part = Moments::of_values(columns, self.simd, x);
            },
        );
        let mut whole = Moments::default();
        // The parts are merged in their order, whichever thread finished first: the result is the same on any number of
        // threads.
        for part in &parts {
            whole.merge_moments(part);
        }
        for (at, (mean, variance)) in mean.iter_mut().zip(variance).enumerate() {
            *mean = whole.mean[at] as f32;
            *variance = (whole.squares[at] / whole.count) as f32;
        }
    }
}

impl Moments {
    fn of_values(columns: &Columns, simd: Simd, x: &[f32]) -> Self {
        let (channels, width) = (columns.channels(), columns.width());
        let mut part = Self::default();
        let mut chunk = Self {
            count: 0.0,
            mean: vec![0.0; channels],
            squares: vec![0.0; channels],
        };
        let (mut sums, mut squares) = (vec![0.0; width], vec![0.0; width]);
        let mut offsets = vec![0.0; channels];
        for x in x.chunks(columns.chunk_len()) {
            chunk.count = (x.len() / channels) as f64;
            // First reading: the mean of the chunk.
            sums.fill(0.0);
            fold_columns(simd, &Sum, width, [x], [], [&mut sums]);
            chunk.mean.fill(0.0);
            columns.add_row_to_totals(&sums, &mut chunk.mean);
            let centre =
                columns.repeat_channels(chunk.mean.iter().map(|sum| (sum / chunk.count) as f32));

            // Second reading: differences from that mean, and their squares.
            sums.fill(0.0);
            squares.fill(0.0);
            fold_columns(
                simd,
                &Centred,
                width,
                [x],
                [&centre],
                [&mut sums, &mut squares],
            );
            offsets.fill(0.0);
            chunk.squares.fill(0.0);
            columns.add_row_to_totals(&sums, &mut offsets);
            columns.add_row_to_totals(&squares, &mut chunk.squares);
            for at in 0..channels {
                // `centre` is the mean rounded to f32. The remaining sum of differences corrects both moments.
                let offset = offsets[at] / chunk.count;
                chunk.mean[at] = f64::from(centre[at]) + offset;
                // With k values, their mean m and the centre c: Σ(x - m)² = Σ(x - c)² - k (m - c)². Rounding may leave
                // a value just below zero, which would be the square root of a negative number later.
                let squares = chunk.squares[at] - offset * offsets[at];
                chunk.squares[at] = if squares < 0.0 { 0.0 } else { squares };
            }
            part.merge_moments(&chunk);
        }
        part
    }

    /// Merges two sets of values A and B: with d the difference of the means,
    /// `mean = mean_A + d * n_B / n` and `squares = squares_A + squares_B + d² * n_A * n_B / n`.
    fn merge_moments(&mut self, other: &Self) {
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

/// Sums the differences from the centre, and their squares.
struct Centred;

impl Step<1, 1, 2> for Centred {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        [x]: [Lanes<V>; 1],
        [centre]: [Lanes<V>; 1],
        [sum, squares]: [Lanes<V>; 2],
    ) -> [Lanes<V>; 2] {
        let difference = x - centre;
        [sum + difference, difference.mul_add(difference, squares)]
    }
}
