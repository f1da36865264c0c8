use super::{BatchNorm, Normalisation};
use crate::activation::Activation;
use crate::partition::for_each_part;
use crate::simd::{Lanes, Step, Token, Vector, map_slices};

/// The constants of each channel, repeated across a row: `z = (x - mean) * scale + beta`. Both passes use this form, so
/// that the backward pass recomputes exactly the values that the forward pass activated.
pub(super) struct ChannelRows {
    pub(super) mean: Vec<f32>,
    pub(super) scale: Vec<f32>,
    pub(super) beta: Vec<f32>,
}

impl BatchNorm {
    pub(super) fn channel_rows(&self, by: Normalisation<'_>) -> ChannelRows {
        let scale = by.gamma.iter().zip(by.variance).map(|(gamma, variance)| {
            // In f64: variance and epsilon may differ by more than the digits of f32.
            (f64::from(*gamma) * self.inverse_deviation(*variance)) as f32
        });
        ChannelRows {
            mean: self.columns.repeat_channels(by.mean.iter().copied()),
            scale: self.columns.repeat_channels(scale),
            beta: self.columns.repeat_channels(by.beta.iter().copied()),
        }
    }

    /// `1 / sqrt(variance + epsilon)`.
    pub(super) fn inverse_deviation(&self, variance: f32) -> f64 {
        (f64::from(variance) + self.epsilon).sqrt().recip()
    }

    pub(super) fn normalise(&self, x: &[f32], by: Normalisation<'_>, y: &mut [f32]) {
        let rows = self.channel_rows(by);
        let (width, piece) = (self.columns.width(), self.columns.piece_len());
        for_each_part(x.chunks(piece).zip(y.chunks_mut(piece)), |(x, y)| {
            map_slices(
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
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        [x]: [Lanes<V>; 1],
        [mean, scale, beta]: [Lanes<V>; 3],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        // The mean is subtracted first: a constant channel then gives exactly beta, however large its value is.
        [(x - mean).mul_add(scale, beta).activate(self.0)]
    }
}
