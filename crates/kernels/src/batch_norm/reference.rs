//! Batch normalisation as it is defined, in `f64`.

use crate::Activation;
use crate::testing::{activate, derivative};

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

    /// The mean over all positions of what `of` gives for each place.
    fn mean_of(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.channels()];
        (0..self.x.len()).for_each(|at| sums[at % self.channels()] += of(at));
        let positions = self.x.len() as f64 / self.channels() as f64;
        sums.iter().map(|sum| sum / positions).collect()
    }

    pub(super) fn mean_and_variance(&self) -> [Vec<f64>; 2] {
        let mean = self.mean_of(|at| self.x[at]);
        let variance = self.mean_of(|at| (self.x[at] - mean[at % self.channels()]).powi(2));
        [mean, variance]
    }

    fn normal(&self) -> Vec<f64> {
        let [mean, variance] = self.mean_and_variance();
        let one = |(at, x): (usize, &f64)| {
            let channel = at % self.channels();
            (x - mean[channel]) / (variance[channel] + self.epsilon).sqrt()
        };
        self.x.iter().enumerate().map(one).collect()
    }

    /// What the activation is applied to.
    pub(super) fn before_activation(&self) -> Vec<f64> {
        let shifted = |(at, normal): (usize, f64)| {
            normal * self.gamma[at % self.channels()] + self.beta[at % self.channels()]
        };
        self.normal().into_iter().enumerate().map(shifted).collect()
    }

    pub(super) fn forward(&self) -> Vec<f64> {
        self.before_activation().into_iter().map(|z| activate(self.activation, z)).collect()
    }

    /// Gradients of input, gamma and beta.
    pub(super) fn backward(&self, dy: &[f64]) -> [Vec<f64>; 3] {
        let before = self.before_activation();
        let dz: Vec<f64> =
            before.iter().zip(dy).map(|(z, dy)| dy * derivative(self.activation, *z)).collect();
        let normal = self.normal();
        let [_, variance] = self.mean_and_variance();
        let of_beta = self.mean_of(|at| dz[at]);
        let of_gamma = self.mean_of(|at| dz[at] * normal[at]);
        let of_x = |at: usize| {
            let channel = at % self.channels();
            let left = dz[at] - of_beta[channel] - normal[at] * of_gamma[channel];
            left * self.gamma[channel] / (variance[channel] + self.epsilon).sqrt()
        };
        let positions = self.x.len() as f64 / self.channels() as f64;
        let sums = |means: &[f64]| means.iter().map(|mean| mean * positions).collect();
        [(0..self.x.len()).map(of_x).collect(), sums(&of_gamma), sums(&of_beta)]
    }
}

/// The reference's gradients are the slopes of its own forward step.
#[test]
#[cfg_attr(miri, ignore = "slow there, and nothing of it is unsafe")]
fn gradients_are_finite_differences() {
    let wide = crate::testing::wide;
    let noise = crate::layer_tests::noise;
    let (x, gamma, beta, dy) =
        (wide(&noise(35, 1)), wide(&noise(5, 2)), wide(&noise(5, 3)), wide(&noise(35, 4)));
    for activation in [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.2),
        Activation::Sigmoid,
        Activation::Tanh,
    ] {
        let loss = |inputs: &[Vec<f64>; 3]| -> f64 {
            let [x, gamma, beta] = inputs;
            let y = Reference { x, gamma, beta, epsilon: 0.01, activation }.forward();
            y.iter().zip(&dy).map(|(y, dy)| y * dy).sum()
        };
        let at = [x.clone(), gamma.clone(), beta.clone()];
        let reference = Reference { x: &x, gamma: &gamma, beta: &beta, epsilon: 0.01, activation };
        let gradients = reference.backward(&dy);
        for input in 0..3 {
            for place in 0..at[input].len() {
                let moved = |by: f64| {
                    let mut at = at.clone();
                    at[input][place] += by;
                    loss(&at)
                };
                let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                let found = gradients[input][place];
                assert!((slope - found).abs() < 1e-7, "{activation:?}, input {input}: {found}, not {slope}");
            }
        }
    }
}
