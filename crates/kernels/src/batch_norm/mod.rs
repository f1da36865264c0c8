mod backward;
mod moments;
mod normalise;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use crate::columns::Columns;
use crate::error::check_length;
use crate::simd::Simd;
use crate::{Activation, Error};

/// Normalisation of every channel by its mean and variance over all positions, with an activation after it.
///
/// Values are `[positions, channels]`: channels last, whatever the positions are of. The result is
/// `activation((x - mean) / sqrt(variance + epsilon) * gamma + beta)`.
#[derive(Debug, Clone, Copy)]
pub struct BatchNorm {
    columns: Columns,
    epsilon: f64,
    activation: Activation,
    simd: Simd,
}

/// What each channel is normalised by: one value a channel everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Normalisation<'a> {
    /// Scale.
    pub gamma: &'a [f32],
    /// Shift.
    pub beta: &'a [f32],
    /// Mean.
    pub mean: &'a [f32],
    /// Biased variance: the mean square of what is left without the mean.
    pub variance: &'a [f32],
}

impl BatchNorm {
    /// A normalisation of `channels` over `positions`, without an activation.
    ///
    /// # Errors
    /// No position or channel, more values than can be addressed, or an `epsilon` that is not a positive `f32`.
    pub fn new(positions: usize, channels: usize, epsilon: f64) -> Result<Self, Error> {
        let columns = Columns::new(positions, channels)?;
        if !(epsilon as f32).is_normal() || epsilon < 0.0 {
            return Err(Error::Parameter {
                what: "epsilon of a batch normalisation",
                value: epsilon.to_string(),
                must: "above 0 and finite, as an f32",
            });
        }
        Ok(Self { columns, epsilon, activation: Activation::Identity, simd: Simd::detect() })
    }

    /// With an activation after it.
    ///
    /// # Errors
    /// A slope that is negative or not finite.
    pub fn with_activation(self, activation: Activation) -> Result<Self, Error> {
        activation.check()?;
        Ok(Self { activation, ..self })
    }

    #[cfg(test)]
    pub(crate) fn with_simd(self, simd: Simd) -> Self {
        Self { simd, ..self }
    }

    /// Values in a whole batch.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Channels.
    pub fn channels(&self) -> usize {
        self.columns.channels()
    }

    /// Normalises by the mean and the biased variance of `x` itself, which are written to `mean` and `variance`.
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
        self.check(x, y.len())?;
        Normalisation { gamma, beta, mean, variance }.check(self.channels())?;
        self.moments(x, mean, variance);
        self.normalise(x, Normalisation { gamma, beta, mean, variance }, y);
        Ok(())
    }

    /// Normalises by a mean and a variance that are known.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn forward_with(&self, x: &[f32], by: Normalisation<'_>, y: &mut [f32]) -> Result<(), Error> {
        self.check(x, y.len())?;
        by.check(self.channels())?;
        self.normalise(x, by, y);
        Ok(())
    }

    /// Writes the gradients of input, scale and shift to `dx`, `dgamma` and `dbeta`, from the output's (after the
    /// activation) and from what [`forward`](Self::forward) read and wrote. The output itself is not needed.
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

    /// [`backward`](Self::backward) that turns the output's gradient into the input's where it lies.
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

    fn check(&self, x: &[f32], output: usize) -> Result<(), Error> {
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
        by.check(self.channels())?;
        check_length("gamma's gradient", dgamma.len(), self.channels())?;
        check_length("beta's gradient", dbeta.len(), self.channels())
    }
}

impl Normalisation<'_> {
    fn check(&self, channels: usize) -> Result<(), Error> {
        check_length("gamma", self.gamma.len(), channels)?;
        check_length("beta", self.beta.len(), channels)?;
        check_length("the mean", self.mean.len(), channels)?;
        check_length("the variance", self.variance.len(), channels)
    }
}
