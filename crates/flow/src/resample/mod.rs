//! Separable resampling: each output value is a weighted sum of a few neighbouring input values, first over rows, then
//! over columns. Blurring, bilinear resizing and averaging over areas differ only in their weights.
//!
//! The weights are those of OpenCV's `resize` with `INTER_LINEAR` and `INTER_AREA`, and of `GaussianBlur` with mirrored
//! borders followed by `INTER_LINEAR`. Blurring and then picking values is one step here: nothing is computed that is not
//! picked.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

mod axis;

use std::ops::Range;

use rayon::prelude::*;

pub(crate) use self::axis::Axis;
use self::axis::Sample;
use crate::simd::{Kernel, Vectors, dispatch};

/// Output rows that one task computes.
const STRIPE_ROWS: usize = 16;

/// Resamples planes of one size to planes of another size.
#[derive(Debug)]
pub(crate) struct Resampler {
    columns: Axis,
    rows: Axis,
    /// When rows are shrunk: one input row for each stripe, after the sums over rows. When rows are enlarged: all input
    /// rows, after the sums over columns. Either way the second step has as little as possible to do.
    scratch: Vec<f32>,
}

impl Resampler {
    pub(crate) fn new(columns: Axis, rows: Axis) -> Self {
        let stripes = rows.outputs().div_ceil(STRIPE_ROWS);
        let scratch = if rows.enlarges() {
            rows.input * columns.outputs()
        } else {
            columns.input * stripes
        };
        Self {
            columns,
            rows,
            scratch: vec![0.0; scratch],
        }
    }

    /// Bilinear resizing between two sizes, given as width and height.
    pub(crate) fn linear(input: (usize, usize), output: (usize, usize)) -> Self {
        Self::new(
            Axis::linear(input.0, output.0),
            Axis::linear(input.1, output.1),
        )
    }

    /// Resizing by the mean over areas.
    pub(crate) fn area(input: (usize, usize), output: (usize, usize)) -> Self {
        Self::new(Axis::area(input.0, output.0), Axis::area(input.1, output.1))
    }

    /// Resamples a plane and multiplies it by `gain`. The rows of `out` are `pitch` values apart.
    pub(crate) fn run<T: Sample>(
        &mut self,
        source: &[T],
        gain: f32,
        out: &mut [f32],
        pitch: usize,
    ) {
        let Self {
            columns,
            rows,
            scratch,
        } = self;
        let out = out.par_chunks_mut(STRIPE_ROWS * pitch).enumerate();
        // The gain is part of the weights of the rows, which saves a pass over the result.
        if !rows.enlarges() {
            out.zip(scratch.par_chunks_mut(columns.input))
                .for_each(|((stripe, out), row)| {
                    dispatch(ShrinkStripe {
                        source,
                        columns,
                        rows,
                        first: stripe * STRIPE_ROWS,
                        gain,
                        row,
                        out,
                        pitch,
                    });
                });
            return;
        }
        let width = columns.outputs();
        scratch
            .par_chunks_mut(STRIPE_ROWS * width)
            .zip(source.par_chunks(STRIPE_ROWS * columns.input))
            .for_each(|(out, source)| {
                dispatch(SumColumns {
                    source,
                    columns,
                    out,
                });
            });
        let source: &[f32] = scratch;
        out.for_each(|(stripe, out)| {
            dispatch(SumRows {
                source,
                width,
                rows,
                first: stripe * STRIPE_ROWS,
                gain,
                out,
                pitch,
            });
        });
    }
}

/// Resamples rows to fewer or as many: first over rows.
struct ShrinkStripe<'a, T> {
    source: &'a [T],
    columns: &'a Axis,
    rows: &'a Axis,
    first: usize,
    gain: f32,
    row: &'a mut [f32],
    out: &'a mut [f32],
    pitch: usize,
}

impl<T: Sample> Kernel for ShrinkStripe<'_, T> {
    #[inline(always)]
    fn run<S: Vectors>(self, simd: S) {
        let (width, columns) = (self.columns.input, self.columns);
        for (out, y) in self.out.chunks_mut(self.pitch).zip(self.first..) {
            let (start, weights) = self.rows.weights(y);
            self.row.fill(0.0);
            for (source, &weight) in self.source[start * width..].chunks(width).zip(weights) {
                let weight = weight * self.gain;
                for (sum, value) in self.row.iter_mut().zip(source) {
                    *sum += weight * value.value();
                }
            }
            let Range { start, end } = columns.even;
            columns.sum(self.row, 0..start, out);
            columns.shift(simd, self.row, out);
            columns.sum(self.row, end..columns.outputs(), out);
        }
    }
}

/// The sums over columns of some rows.
struct SumColumns<'a, T> {
    source: &'a [T],
    columns: &'a Axis,
    out: &'a mut [f32],
}

impl<T: Sample> Kernel for SumColumns<'_, T> {
    #[inline(always)]
    fn run<S: Vectors>(self, _: S) {
        let outputs = self.columns.outputs();
        let source = self.source.chunks(self.columns.input);
        for (out, source) in self.out.chunks_mut(outputs).zip(source) {
            self.columns.sum(source, 0..outputs, out);
        }
    }
}

/// The sums over rows that are narrow enough already.
struct SumRows<'a> {
    source: &'a [f32],
    width: usize,
    rows: &'a Axis,
    first: usize,
    gain: f32,
    out: &'a mut [f32],
    pitch: usize,
}

impl Kernel for SumRows<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, _: S) {
        let width = self.width;
        for (out, y) in self.out.chunks_mut(self.pitch).zip(self.first..) {
            let (start, weights) = self.rows.weights(y);
            let out = &mut out[..width];
            out.fill(0.0);
            for (source, weight) in self.source[start * width..].chunks(width).zip(weights) {
                let weight = weight * self.gain;
                for (sum, value) in out.iter_mut().zip(source) {
                    *sum += weight * value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resample(mut resampler: Resampler, source: &[f32], width: usize, height: usize) -> Vec<f32> {
        let mut out = vec![0.0; width * height];
        resampler.run(source, 1.0, &mut out, width);
        out
    }

    #[test]
    fn areas_average_what_they_cover() {
        let source: Vec<f32> = (0..9).map(|i| i as f32).collect();
        assert_eq!(
            resample(Resampler::area((3, 3), (1, 1)), &source, 1, 1),
            [4.0]
        );
        let halves = resample(Resampler::area((3, 1), (2, 1)), &[3.0, 6.0, 9.0], 2, 1);
        assert!((halves[0] - 4.0).abs() < 1e-6 && (halves[1] - 8.0).abs() < 1e-6);
    }

    #[test]
    fn blurring_mirrors_at_the_border() {
        let kernel = [0.25, 0.5, 0.25];
        let columns = Axis::blurred_linear(20, 20, &kernel);
        let source: Vec<f32> = (0..20).map(|i| (i * i % 7) as f32).collect();
        let out = resample(Resampler::new(columns, Axis::linear(1, 1)), &source, 20, 1);
        for (x, value) in out.iter().enumerate() {
            let left = source[if x == 0 { 1 } else { x - 1 }];
            let right = source[if x == 19 { 18 } else { x + 1 }];
            let expected = 0.25 * left + 0.5 * source[x] + 0.25 * right;
            assert!((value - expected).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn one_pixel_can_be_blurred_and_enlarged() {
        let axis = |output| Axis::blurred_linear(1, output, &[0.1, 0.2, 0.4, 0.2, 0.1]);
        let out = resample(Resampler::new(axis(3), axis(2)), &[7.0], 3, 2);
        assert!(out.iter().all(|value| (value - 7.0).abs() < 1e-5));
    }
}
