use super::{BatchNorm, Normalisation};
use crate::Activation;
use crate::each::each;
use crate::simd::{Lanes, Step, Token, Vector, map};

/// Rows of what the normalised value is made of: the same in both directions, so that the backward step meets the
/// very values that the forward step has activated.
pub(super) struct Rows {
    pub(super) mean: Vec<f32>,
    pub(super) scale: Vec<f32>,
    pub(super) beta: Vec<f32>,
}

impl BatchNorm {
    pub(super) fn rows(&self, by: Normalisation<'_>) -> Rows {
        let row = |values: &[f32]| self.columns.row(values.iter().copied());
        let scale = by.gamma.iter().zip(by.variance);
        let scale = scale.map(|(gamma, variance)| (f64::from(*gamma) * self.inverse(*variance)) as f32);
        Rows { mean: row(by.mean), scale: self.columns.row(scale), beta: row(by.beta) }
    }

    /// One by the standard deviation.
    pub(super) fn inverse(&self, variance: f32) -> f64 {
        (f64::from(variance) + self.epsilon).sqrt().recip()
    }

    pub(super) fn normalise(&self, x: &[f32], by: Normalisation<'_>, y: &mut [f32]) {
        let rows = self.rows(by);
        let (width, piece) = (self.columns.width(), self.columns.piece());
        each(x.chunks(piece).zip(y.chunks_mut(piece)), |(x, y)| {
            map(
                self.simd,
                &Normalise(self.activation),
                width,
                [x],
                [&rows.mean, &rows.scale, &rows.beta],
                [y],
            );
        });
    }
}

struct Normalise(Activation);

impl Step<1, 3, 1> for Normalise {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        _: Token<V>,
        [x]: [Lanes<V>; 1],
        [mean, scale, beta]: [Lanes<V>; 3],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        // The mean goes first: a channel that never changes then gives beta itself, however large it is.
        [(x - mean).mul_add(scale, beta).activate(self.0)]
    }
}
