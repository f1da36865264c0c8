//! The gradients, in two passes over memory.
//!
//! Let c = x - mean, d = sqrt(variance + epsilon), z = c / d * gamma + beta (the input of the activation), and dz its
//! gradient. Mean and variance depend on every x, which leads to
//!
//! ```text
//! dbeta  = sum of dz
//! dgamma = sum of dz * c / d
//! dx     = gamma / d * (dz - dbeta / positions - c / d * dgamma / positions)
//! ```
//!
//! The first pass forms both sums, the second one writes dx. Both compute dz again from x and dy, which costs less than
//! writing it to memory and reading it back.

use super::normalise::ChannelRows;
use super::{BatchNorm, Normalisation};
use crate::activation::Activation;
use crate::partition::for_each_part;
use crate::simd::{Lanes, Step, Token, Vector, fold_columns, map_slices};

/// The constants of each channel, repeated across a row: `dx = scale * dz + (slope * c + level)`.
pub(super) struct GradientRows {
    rows: ChannelRows,
    slope: Vec<f32>,
    level: Vec<f32>,
}

impl BatchNorm {
    /// The first pass: the sums over all positions, and the constants of the second pass.
    pub(super) fn gradient_rows(
        &self,
        x: &[f32],
        dy: &[f32],
        by: Normalisation<'_>,
        dgamma: &mut [f32],
        dbeta: &mut [f32],
    ) -> GradientRows {
        let (columns, rows) = (&self.columns, self.channel_rows(by));
        let (channels, width, part) = (columns.channels(), columns.width(), columns.part_len());
        let sums = Sums(self.activation);
        let mut totals = vec![0.0; x.len().div_ceil(part) * 2 * channels];
        let parts = x
            .chunks(part)
            .zip(dy.chunks(part))
            .zip(totals.chunks_mut(2 * channels));
        for_each_part(parts, |((x, dy), totals)| {
            let (of_beta, of_gamma) = totals.split_at_mut(channels);
            // Sums of a chunk in f32, one for each column of a row; totals of the part in f64, one for each channel.
            let (mut plain, mut weighted) = (vec![0.0; width], vec![0.0; width]);
            for (x, dy) in x
                .chunks(columns.chunk_len())
                .zip(dy.chunks(columns.chunk_len()))
            {
                plain.fill(0.0);
                weighted.fill(0.0);
                let row = [&*rows.mean, &*rows.scale, &*rows.beta];
                fold_columns(
                    self.simd,
                    &sums,
                    width,
                    [x, dy],
                    row,
                    [&mut plain, &mut weighted],
                );
                columns.add_row_to_totals(&plain, of_beta);
                columns.add_row_to_totals(&weighted, of_gamma);
            }
        });
        // The formula of dx, sorted by what changes from value to value: dx = gamma / d dz + slope c + level, with
        // slope = -gamma / d² dgamma / positions and level = -gamma / d dbeta / positions.
        let (mut slope, mut level) = (vec![0.0; channels], vec![0.0; channels]);
        for channel in 0..channels {
            let inverse = self.inverse_deviation(by.variance[channel]);
            let of_beta = sum_parts(&totals, channel, 2 * channels);
            let of_gamma = sum_parts(&totals, channels + channel, 2 * channels) * inverse;
            let factor = -f64::from(by.gamma[channel]) * inverse / columns.positions() as f64;
            level[channel] = (factor * of_beta) as f32;
            slope[channel] = (factor * inverse * of_gamma) as f32;
            dbeta[channel] = of_beta as f32;
            dgamma[channel] = of_gamma as f32;
        }
        let [slope, level] =
            [slope, level].map(|values| columns.repeat_channels(values.into_iter()));
        GradientRows { rows, slope, level }
    }

    /// The second pass: the gradient of the input.
    pub(super) fn input_gradient(
        &self,
        x: &[f32],
        dy: &[f32],
        rows: &GradientRows,
        dx: &mut [f32],
    ) {
        let (width, piece) = (self.columns.width(), self.columns.piece_len());
        for_each_part(
            x.chunks(piece)
                .zip(dy.chunks(piece))
                .zip(dx.chunks_mut(piece)),
            |((x, dy), dx)| {
                map_slices(
                    self.simd,
                    &InputGradient(self.activation),
                    width,
                    [x, dy],
                    rows.as_array(),
                    [dx],
                );
            },
        );
    }

    pub(super) fn input_gradient_in_place(
        &self,
        x: &[f32],
        dy_to_dx: &mut [f32],
        rows: &GradientRows,
    ) {
        let (width, piece) = (self.columns.width(), self.columns.piece_len());
        for_each_part(
            x.chunks(piece).zip(dy_to_dx.chunks_mut(piece)),
            |(x, dy_to_dx)| {
                map_slices(
                    self.simd,
                    &InputGradient(self.activation),
                    width,
                    [x],
                    rows.as_array(),
                    [dy_to_dx],
                );
            },
        );
    }
}

/// The sum of one value of every part; a part has `stride` values.
fn sum_parts(totals: &[f64], first: usize, stride: usize) -> f64 {
    totals.iter().skip(first).step_by(stride).sum()
}

impl GradientRows {
    fn as_array(&self) -> [&[f32]; 5] {
        let Self {
            rows: ChannelRows { mean, scale, beta },
            slope,
            level,
        } = self;
        [mean, scale, beta, slope, level]
    }
}

/// Sums dz, and dz * c.
struct Sums(Activation);

impl Step<2, 3, 2> for Sums {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [x, dy]: [Lanes<V>; 2],
        [mean, scale, beta]: [Lanes<V>; 3],
        [plain, weighted]: [Lanes<V>; 2],
    ) -> [Lanes<V>; 2] {
        let centred = x - mean;
        let dz = self
            .0
            .gradient_from_input(token, centred.mul_add(scale, beta), dy);
        [plain + dz, dz.mul_add(centred, weighted)]
    }
}

struct InputGradient(Activation);

impl InputGradient {
    #[inline(always)]
    fn gradient_lanes<V: Vector>(
        &self,
        token: Token<V>,
        x: Lanes<V>,
        dy: Lanes<V>,
        row: [Lanes<V>; 5],
    ) -> Lanes<V> {
        let [mean, scale, beta, slope, level] = row;
        let centred = x - mean;
        let dz = self
            .0
            .gradient_from_input(token, centred.mul_add(scale, beta), dy);
        dz.mul_add(scale, centred.mul_add(slope, level))
    }
}

impl Step<2, 5, 1> for InputGradient {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [x, dy]: [Lanes<V>; 2],
        row: [Lanes<V>; 5],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [self.gradient_lanes(token, x, dy, row)]
    }
}

impl Step<1, 5, 1> for InputGradient {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [x]: [Lanes<V>; 1],
        row: [Lanes<V>; 5],
        [dy]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [self.gradient_lanes(token, x, dy, row)]
    }
}
