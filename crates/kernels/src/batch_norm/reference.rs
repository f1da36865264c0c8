//! The reference implementation: batch normalisation by its definition, in `f64`.

use crate::activation::Activation;
use crate::testing::{activation_derivative, activation_value, noise, to_f64};

pub(super) struct Reference<'a> {
    pub(super) x: &'a [f64],
    pub(super) gamma: &'a [f64],
    pub(super) beta: &'a [f64],
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
}

impl Reference<'_> {
    fn channels(&self) -> usize {
        self.gamma.len()
    }

    /// The mean over all positions of a value computed for each index.
    fn channel_means(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.channels()];
        (0..self.x.len()).for_each(|at| sums[at % self.channels()] += of(at));
        let positions = self.x.len() as f64 / self.channels() as f64;
        sums.iter().map(|sum| sum / positions).collect()
    }

    pub(super) fn mean_and_variance(&self) -> [Vec<f64>; 2] {
        let mean = self.channel_means(|at| self.x[at]);
        let variance = self.channel_means(|at| (self.x[at] - mean[at % self.channels()]).powi(2));
        [mean, variance]
    }

    /// The normalised values, before scale and shift.
    fn normalised(&self) -> Vec<f64> {
        let [mean, variance] = self.mean_and_variance();
        (self.x.iter().enumerate())
            .map(|(at, x)| {
                let channel = at % self.channels();
                (x - mean[channel]) / (variance[channel] + self.epsilon).sqrt()
            })
            .collect()
    }

    /// The input of the activation.
    pub(super) fn before_activation(&self) -> Vec<f64> {
        (self.normalised().into_iter().enumerate())
            .map(|(at, value)| {
                value * self.gamma[at % self.channels()] + self.beta[at % self.channels()]
            })
            .collect()
    }

    pub(super) fn forward(&self) -> Vec<f64> {
        self.before_activation()
            .into_iter()
            .map(|z| activation_value(self.activation, z))
            .collect()
    }

    /// Gradients of input, gamma and beta.
    pub(super) fn backward(&self, dy: &[f64]) -> [Vec<f64>; 3] {
        let before = self.before_activation();
        let dz: Vec<f64> = before
            .iter()
            .zip(dy)
            .map(|(z, dy)| dy * activation_derivative(self.activation, *z))
            .collect();
        let normal = self.normalised();
        let [_, variance] = self.mean_and_variance();
        let of_beta = self.channel_means(|at| dz[at]);
        let of_gamma = self.channel_means(|at| dz[at] * normal[at]);
        let dx = (0..self.x.len()).map(|at| {
            let channel = at % self.channels();
            let difference = dz[at] - of_beta[channel] - normal[at] * of_gamma[channel];
            difference * self.gamma[channel] / (variance[channel] + self.epsilon).sqrt()
        });
        let positions = self.x.len() as f64 / self.channels() as f64;
        let [dgamma, dbeta] =
            [&of_gamma, &of_beta].map(|means| means.iter().map(|mean| mean * positions).collect());
        [dx.collect(), dgamma, dbeta]
    }
}

/// The sum of the outputs, weighted with `dy`.
fn weighted_output([x, gamma, beta]: &[Vec<f64>; 3], dy: &[f64], activation: Activation) -> f64 {
    let y = Reference {
        x,
        gamma,
        beta,
        epsilon: 0.01,
        activation,
    }
    .forward();
    y.iter().zip(dy).map(|(y, dy)| y * dy).sum()
}

/// The gradients of the reference implementation agree with finite differences of its forward pass.
#[test]
#[cfg_attr(miri, ignore = "slow under Miri, and free of unsafe code")]
fn gradients_agree_with_finite_differences() {
    let [x, dy] = [1, 4].map(|seed| to_f64(&noise(35, seed)));
    let [gamma, beta] = [2, 3].map(|seed| to_f64(&noise(5, seed)));
    for activation in [
        Activation::Identity,
        Activation::Relu,
        Activation::Relu6,
        Activation::LeakyRelu(0.2),
        Activation::Sigmoid,
        Activation::Tanh,
    ] {
        let at = [x.clone(), gamma.clone(), beta.clone()];
        let reference = Reference {
            x: &x,
            gamma: &gamma,
            beta: &beta,
            epsilon: 0.01,
            activation,
        };
        let gradients = reference.backward(&dy);
        for input in 0..3 {
            for place in 0..at[input].len() {
                let [above, below] = [1e-6, -1e-6].map(|difference| {
                    let mut at = at.clone();
                    at[input][place] += difference;
                    weighted_output(&at, &dy, activation)
                });
                let slope = (above - below) / 2e-6;
                let found = gradients[input][place];
                assert!(
                    (slope - found).abs() < 1e-7,
                    "{activation:?}, input {input}: {found}, not {slope}"
                );
            }
        }
    }
}
