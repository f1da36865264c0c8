#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use std::ops::Range;

use crate::simd::{LANES, Vector, Vectors};

/// Shares of an input cell below this are dropped, as OpenCV does.
const LEAST_SHARE: f64 = 1e-3;

/// The weights of one direction.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(super) input: usize,
    taps: usize,
    starts: Vec<usize>,
    /// `taps` weights for each output position.
    weights: Vec<f32>,
    /// Output positions, each of which reads one input position further than the one before, with the same weights.
    pub(super) even: Range<usize>,
}

impl Axis {
    /// Bilinear resizing with pixel centres aligned.
    pub(crate) fn linear(input: usize, output: usize) -> Self {
        Self::from_sums(input, (0..output).map(|o| linear_sum(input, output, o)))
    }

    /// Blurs with a kernel of odd length, mirrored at the border without repeating the edge, then resizes bilinearly.
    pub(crate) fn blurred_linear(input: usize, output: usize, kernel: &[f64]) -> Self {
        let reach = (kernel.len() / 2) as isize;
        let sums = (0..output).map(|o| {
            let mut sum = Vec::new();
            for (place, share) in linear_sum(input, output, o) {
                for (tap, weight) in (-reach..).zip(kernel) {
                    sum.push((mirror(place as isize + tap, input), share * weight));
                }
            }
            sum
        });
        Self::from_sums(input, sums)
    }

    /// The mean over the part of the input that an output pixel covers.
    pub(crate) fn area(input: usize, output: usize) -> Self {
        let cell = input as f64 / output as f64;
        let sums = (0..output).map(|o| {
            let (from, to) = (o as f64 * cell, (o + 1) as f64 * cell);
            let covered = cell.min(input as f64 - from);
            let last = (to.floor() as usize).min(input - 1);
            let first = (from.ceil() as usize).min(last);
            let mut sum = Vec::new();
            if first as f64 - from > LEAST_SHARE {
                sum.push((first - 1, (first as f64 - from) / covered));
            }
            sum.extend((first..last).map(|place| (place, 1.0 / covered)));
            if to - last as f64 > LEAST_SHARE {
                let share = (to - last as f64).min(1.0).min(covered);
                sum.push((last, share / covered));
            }
            sum
        });
        Self::from_sums(input, sums)
    }

    fn from_sums(input: usize, sums: impl Iterator<Item = Vec<(usize, f64)>>) -> Self {
        let sums: Vec<_> = sums.collect();
        let range = |sum: &Vec<(usize, f64)>| {
            let places = sum.iter().map(|&(place, _)| place);
            places.clone().min().zip(places.max()).unwrap_or((0, 0))
        };
        let ranges: Vec<_> = sums.iter().map(range).collect();
        let taps = ranges
            .iter()
            .map(|(low, high)| high - low + 1)
            .max()
            .unwrap_or(1);
        let mut weights = vec![0.0; taps * sums.len()];
        let mut starts = Vec::with_capacity(sums.len());
        for ((sum, (low, _)), weights) in sums.iter().zip(ranges).zip(weights.chunks_mut(taps)) {
            let start = low.min(input - taps);
            // A place can occur several times, mirrored or under several taps of the blur: its shares are added in 64
            // bits and rounded once.
            let mut exact = vec![0.0; taps];
            for &(place, share) in sum {
                exact[place - start] += share;
            }
            for (weight, exact) in weights.iter_mut().zip(exact) {
                *weight = exact as f32;
            }
            starts.push(start);
        }
        let mut axis = Self {
            input,
            taps,
            starts,
            weights,
            even: 0..0,
        };
        axis.even = axis.find_even();
        axis
    }

    /// The positions around the middle that only shift the same weights.
    fn find_even(&self) -> Range<usize> {
        let length = self.starts.len();
        let middle = length / 2;
        let (mut start, mut end) = (middle, (middle + 1).min(length));
        while start > 0 && self.only_shifts(start - 1) {
            start -= 1;
        }
        while end < length && self.only_shifts(end - 1) {
            end += 1;
        }
        start..end
    }

    /// Whether the next output position has the same weights, one place further.
    fn only_shifts(&self, output: usize) -> bool {
        let (start, weights) = self.weights(output);
        (start + 1, weights) == self.weights(output + 1)
    }

    pub(super) fn weights(&self, output: usize) -> (usize, &[f32]) {
        (
            self.starts[output],
            &self.weights[output * self.taps..][..self.taps],
        )
    }
}

impl Axis {
    pub(super) fn outputs(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn enlarges(&self) -> bool {
        self.outputs() > self.input
    }

    /// The sums of a row at some output positions.
    #[inline(always)]
    pub(super) fn sum<T: Sample>(&self, row: &[T], range: Range<usize>, out: &mut [f32]) {
        for x in range {
            let (start, weights) = self.weights(x);
            let mut sum = 0.0;
            for (value, weight) in row[start..].iter().zip(weights) {
                sum += value.value() * weight;
            }
            out[x] = sum;
        }
    }

    /// The sums at the positions that read one place after the other, several at once.
    #[inline(always)]
    pub(super) fn shift<S: Vectors>(&self, simd: S, row: &[f32], out: &mut [f32]) {
        let Range { start, end } = self.even;
        let whole = (end - start) / LANES * LANES;
        if whole > 0 {
            let (input, weights) = self.weights(start);
            for x in (0..whole).step_by(LANES) {
                let mut sum = Vector::splat(simd, 0.0);
                for (tap, &weight) in weights.iter().enumerate() {
                    sum += Vector::load(simd, row, input + x + tap) * Vector::splat(simd, weight);
                }
                sum.store(out, start + x);
            }
        }
        self.sum(row, start + whole..end, out);
    }
}

/// The one or two input positions of an output position, and their shares.
fn linear_sum(input: usize, output: usize, o: usize) -> Vec<(usize, f64)> {
    let scale = input as f64 / output as f64;
    // OpenCV rounds the position to 32 bits here.
    let position = f64::from(((o as f64 + 0.5) * scale - 0.5) as f32);
    let low = position.floor();
    if low < 0.0 {
        return vec![(0, 1.0)];
    }
    if low as usize + 1 >= input {
        return vec![(input - 1, 1.0)];
    }
    let share = position - low;
    vec![(low as usize, 1.0 - share), (low as usize + 1, share)]
}

/// A position outside mirrored back inside, the edge itself not repeated.
fn mirror(mut place: isize, length: usize) -> usize {
    let last = length as isize - 1;
    if last == 0 {
        return 0;
    }
    while !(0..=last).contains(&place) {
        place = if place < 0 { -place } else { 2 * last - place };
    }
    place as usize
}

/// A value that is resampled.
pub(crate) trait Sample: Copy + Send + Sync {
    /// The value as a float.
    fn value(self) -> f32;
}

impl Sample for u8 {
    #[inline(always)]
    fn value(self) -> f32 {
        f32::from(self)
    }
}

impl Sample for f32 {
    #[inline(always)]
    fn value(self) -> f32 {
        self
    }
}
