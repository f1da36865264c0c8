mod backward;
mod moments;
mod normalise;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use crate::activation::Activation;
use crate::columns::Columns;
use crate::error::{Error, check_length};
use crate::simd::Simd;

/// Batch normalisation: every channel is normalised by its mean and variance over all positions, then scaled, shifted
/// and activated.
///
/// Values are `[positions, channels]`: a position is a pixel, a voxel or a row. The result is
/// `activation((x - mean) / sqrt(variance + epsilon) * gamma + beta)`.
///
/// ```
/// use oddframe_kernels::{BatchNorm, Normalisation};
///
/// // Four positions of one channel, with mean 4 and variance 5.
/// let norm = BatchNorm::new(4, 1, 1e-5)?;
/// let (x, mut y, mut mean, mut variance) = ([1.0, 3.0, 5.0, 7.0], [0.0; 4], [0.0], [0.0]);
/// norm.forward(&x, &[1.0], &[0.0], &mut y, &mut mean, &mut variance)?;
/// assert_eq!((mean, variance), ([4.0], [5.0]));
/// assert!((y[3] - 3.0 / 5.0_f32.sqrt()).abs() < 1e-5);
///
/// // The sum over all positions, a constant for fixed gamma and beta, has no gradient with respect to the input.
/// let by = Normalisation { gamma: &[1.0], beta: &[0.0], mean: &mean, variance: &variance };
/// let (mut dx, mut dgamma, mut dbeta) = ([1.0; 4], [0.0], [0.0]);
/// norm.backward(&x, &[1.0; 4], by, &mut dx, &mut dgamma, &mut dbeta)?;
/// assert!(dx.iter().all(|dx| dx.abs() < 1e-6));
/// assert_eq!(dbeta, [4.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BatchNorm {
    columns: Columns,
    epsilon: f64,
    activation: Activation,
    simd: Simd,
}

/// The values that each channel is normalised with. Every slice holds one value for each channel.
#[derive(Debug, Clone, Copy)]
pub struct Normalisation<'a> {
    /// Scale.
    pub gamma: &'a [f32],
    /// Shift.
    pub beta: &'a [f32],
    /// Mean.
    pub mean: &'a [f32],
    /// Biased variance: the mean of the squared differences from the mean.
    pub variance: &'a [f32],
}

impl BatchNorm {
    /// A normalisation of `channels` over `positions`, without an activation.
    ///
    /// # Errors
    /// No position or channel, more values than can be addressed, or an `epsilon` that is not a normal positive `f32`.
    pub fn new(positions: usize, channels: usize, epsilon: f64) -> Result<Self, Error> {
        let columns = Columns::new(positions, channels)?;
        if !(epsilon as f32).is_normal() || epsilon < 0.0 {
            return Err(Error::Parameter {
                what: "epsilon of a batch normalisation",
                value: epsilon.to_string(),
                must: "above 0 and finite, as an f32",
            });
        }
        Ok(Self {
            columns,
            epsilon,
            activation: Activation::Identity,
            simd: Simd::detect(),
        })
    }

    /// The same normalisation, followed by this activation.
    ///
    /// # Errors
    /// A slope that is negative or not finite.
    pub fn with_activation(self, activation: Activation) -> Result<Self, Error> {
        activation.check_slope()?;
        Ok(Self { activation, ..self })
    }

    #[cfg(test)]
    pub(crate) fn with_simd(self, simd: Simd) -> Self {
        Self { simd, ..self }
    }

    /// Number of values in a batch.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.columns.channels()
    }

    /// Normalises by the mean and the biased variance of `x` and writes both, as in training.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn forward(
        &self,
        x: &[f32],
        gamma: &[f32],
        beta: &[f32],
        y: &mut [f32],
        mean: &mut [f32],
        variance: &mut [f32],
    ) -> Result<(), Error> {
        self.check_forward(x, y.len())?;
        Normalisation {
            gamma,
            beta,
            mean,
            variance,
        }
        .check_lengths(self.channels())?;
        self.compute_moments(x, mean, variance);
        self.normalise(
            x,
            Normalisation {
                gamma,
                beta,
                mean,
                variance,
            },
            y,
        );
        Ok(())
    }

    /// Normalises by a given mean and variance, as in inference.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn forward_with(
        &self,
        x: &[f32],
        by: Normalisation<'_>,
        y: &mut [f32],
    ) -> Result<(), Error> {
        self.check_forward(x, y.len())?;
        by.check_lengths(self.channels())?;
        self.normalise(x, by, y);
        Ok(())
    }

    /// Writes the gradients of input, scale and shift to `dx`, `dgamma` and `dbeta`, from the gradient of the output
    /// (after the activation) and from what [`forward`](Self::forward) read and wrote. The output is not needed.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn backward(
        &self,
        x: &[f32],
        dy: &[f32],
        by: Normalisation<'_>,
        dx: &mut [f32],
        dgamma: &mut [f32],
        dbeta: &mut [f32],
    ) -> Result<(), Error> {
        check_length("the input's gradient", dx.len(), self.len())?;
        self.check_backward(x, dy, by, dgamma, dbeta)?;
        let rows = self.gradient_rows(x, dy, by, dgamma, dbeta);
        self.input_gradient(x, dy, &rows, dx);
        Ok(())
    }

    /// [`backward`](Self::backward) that overwrites the gradient of the output with that of the input.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn backward_in_place(
        &self,
        x: &[f32],
        dy_to_dx: &mut [f32],
        by: Normalisation<'_>,
        dgamma: &mut [f32],
        dbeta: &mut [f32],
    ) -> Result<(), Error> {
        self.check_backward(x, dy_to_dx, by, dgamma, dbeta)?;
        let rows = self.gradient_rows(x, dy_to_dx, by, dgamma, dbeta);
        self.input_gradient_in_place(x, dy_to_dx, &rows);
        Ok(())
    }

    fn check_forward(&self, x: &[f32], output: usize) -> Result<(), Error> {
        check_length("the input", x.len(), self.len())?;
        check_length("the output", output, self.len())
    }

    fn check_backward(
        &self,
        x: &[f32],
        dy: &[f32],
        by: Normalisation<'_>,
        dgamma: &[f32],
        dbeta: &[f32],
    ) -> Result<(), Error> {
        check_length("the input", x.len(), self.len())?;
        check_length("the output's gradient", dy.len(), self.len())?;
        by.check_lengths(self.channels())?;
        check_length("gamma's gradient", dgamma.len(), self.channels())?;
        check_length("beta's gradient", dbeta.len(), self.channels())
    }
}

impl Normalisation<'_> {
    fn check_lengths(&self, channels: usize) -> Result<(), Error> {
        check_length("gamma", self.gamma.len(), channels)?;
        check_length("beta", self.beta.len(), channels)?;
        check_length("the mean", self.mean.len(), channels)?;
        check_length("the variance", self.variance.len(), channels)
    }
}
