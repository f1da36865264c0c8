//! With z the normalised and shifted value, dz its gradient and c = x - mean:
//! dbeta = sum of dz, dgamma = sum of dz * c / deviation, and
//! dx = scale * (dz - dbeta / positions - c / deviation * dgamma / positions).

use super::normalise::Rows;
use super::{BatchNorm, Normalisation};
use crate::Activation;
use crate::each::each;
use crate::simd::{Lanes, Step, Token, Vector, fold, map};

/// What the input's gradient is made of: `scale * dz + (slope * c + level)`.
pub(super) struct GradientRows {
    rows: Rows,
    slope: Vec<f32>,
    level: Vec<f32>,
}

impl BatchNorm {
    /// The first pass: sums over all positions.
    pub(super) fn gradient_rows(
        &self,
        x: &[f32],
        dy: &[f32],
        by: Normalisation<'_>,
        dgamma: &mut [f32],
        dbeta: &mut [f32],
    ) -> GradientRows {
        let (columns, rows) = (&self.columns, self.rows(by));
        let (channels, width, part) = (columns.channels(), columns.width(), columns.part());
        let sums = Sums(self.activation);
        let mut totals = vec![0.0; x.len().div_ceil(part) * 2 * channels];
        let parts = x.chunks(part).zip(dy.chunks(part)).zip(totals.chunks_mut(2 * channels));
        each(parts, |((x, dy), totals)| {
            let (of_beta, of_gamma) = totals.split_at_mut(channels);
            let (mut plain, mut weighted) = (vec![0.0; width], vec![0.0; width]);
            for (x, dy) in x.chunks(columns.chunk()).zip(dy.chunks(columns.chunk())) {
                plain.fill(0.0);
                weighted.fill(0.0);
                let row = [&*rows.mean, &*rows.scale, &*rows.beta];
                fold(self.simd, &sums, width, [x, dy], row, [&mut plain, &mut weighted]);
                columns.add_up(&plain, of_beta);
                columns.add_up(&weighted, of_gamma);
            }
        });
        let (mut slope, mut level) = (vec![0.0; channels], vec![0.0; channels]);
        for channel in 0..channels {
            let total = |first: usize| totals.iter().skip(first).step_by(2 * channels).sum::<f64>();
            let inverse = self.inverse(by.variance[channel]);
            let of_beta = total(channel);
            let of_gamma = total(channels + channel) * inverse;
            let each = -f64::from(by.gamma[channel]) * inverse / columns.positions() as f64;
            level[channel] = (each * of_beta) as f32;
            slope[channel] = (each * inverse * of_gamma) as f32;
            dbeta[channel] = of_beta as f32;
            dgamma[channel] = of_gamma as f32;
        }
        let row = |values: Vec<f32>| columns.row(values.into_iter());
        GradientRows { rows, slope: row(slope), level: row(level) }
    }

    /// The second pass.
    pub(super) fn input_gradient(&self, x: &[f32], dy: &[f32], rows: &GradientRows, dx: &mut [f32]) {
        let (width, piece) = (self.columns.width(), self.columns.piece());
        each(x.chunks(piece).zip(dy.chunks(piece)).zip(dx.chunks_mut(piece)), |((x, dy), dx)| {
            map(self.simd, &InputGradient(self.activation), width, [x, dy], rows.all(), [dx]);
        });
    }

    pub(super) fn input_gradient_in_place(&self, x: &[f32], dy_to_dx: &mut [f32], rows: &GradientRows) {
        let (width, piece) = (self.columns.width(), self.columns.piece());
        each(x.chunks(piece).zip(dy_to_dx.chunks_mut(piece)), |(x, dy_to_dx)| {
            map(self.simd, &InputGradient(self.activation), width, [x], rows.all(), [dy_to_dx]);
        });
    }
}

impl GradientRows {
    fn all(&self) -> [&[f32]; 5] {
        let Self { rows: Rows { mean, scale, beta }, slope, level } = self;
        [mean, scale, beta, slope, level]
    }
}

/// Adds up dz, and dz * c.
struct Sums(Activation);

impl Step<2, 3, 2> for Sums {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        token: Token<V>,
        [x, dy]: [Lanes<V>; 2],
        [mean, scale, beta]: [Lanes<V>; 3],
        [plain, weighted]: [Lanes<V>; 2],
    ) -> [Lanes<V>; 2] {
        let centred = x - mean;
        let dz = self.0.gradient_at(token, centred.mul_add(scale, beta), dy);
        [plain + dz, dz.mul_add(centred, weighted)]
    }
}

struct InputGradient(Activation);

impl InputGradient {
    #[inline(always)]
    fn of<V: Vector>(&self, token: Token<V>, x: Lanes<V>, dy: Lanes<V>, row: [Lanes<V>; 5]) -> Lanes<V> {
        let [mean, scale, beta, slope, level] = row;
        let centred = x - mean;
        let dz = self.0.gradient_at(token, centred.mul_add(scale, beta), dy);
        dz.mul_add(scale, centred.mul_add(slope, level))
    }
}

impl Step<2, 5, 1> for InputGradient {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        token: Token<V>,
        [x, dy]: [Lanes<V>; 2],
        row: [Lanes<V>; 5],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [self.of(token, x, dy, row)]
    }
}

impl Step<1, 5, 1> for InputGradient {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        token: Token<V>,
        [x]: [Lanes<V>; 1],
        row: [Lanes<V>; 5],
        [dy]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [self.of(token, x, dy, row)]
    }
}
