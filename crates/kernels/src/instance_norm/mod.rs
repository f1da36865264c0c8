#[cfg(test)]
mod tests;

use crate::activation::Activation;
use crate::batch_norm::BatchNorm;
use crate::error::{Error, check_length};

/// Instance normalisation for inference: every channel of every image is normalised by its own mean and variance over
/// the image, then activated. There is no scale and no shift, which is PyTorch's default.
///
/// Values are `[images, positions, channels]`; the result is `activation((x - mean) / sqrt(variance + epsilon))`. Two
/// passes go over each image: the first one forms the moments of its channels, with nothing that cancels, and the second
/// one normalises.
///
/// ```
/// use oddframe_kernels::InstanceNorm;
///
/// // Two images of two positions with one channel: brightness and contrast of an image disappear.
/// let norm = InstanceNorm::new(2, 2, 1, 1e-5)?;
/// let mut y = [0.0; 4];
/// norm.forward(&[1.0, 3.0, 100.0, 500.0], &mut y)?;
/// assert!(y.iter().zip([-1.0, 1.0, -1.0, 1.0]).all(|(y, sign): (&f32, f32)| (y - sign).abs() < 1e-4));
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct InstanceNorm {
    images: usize,
    /// Of one image: instance normalisation is batch normalisation of a batch of one image.
    norm: BatchNorm,
    ones: Vec<f32>,
    zeros: Vec<f32>,
}

impl InstanceNorm {
    /// A normalisation of `channels` over the `positions` of each image, without an activation.
    ///
    /// # Errors
    /// No image, position or channel, more values than can be addressed, or an `epsilon` that is not a normal positive
    /// `f32`.
    pub fn new(
        images: usize,
        positions: usize,
        channels: usize,
        epsilon: f64,
    ) -> Result<Self, Error> {
        if images == 0 {
            return Err(Error::Zero {
                what: "the number of images",
            });
        }
        Ok(Self {
            images,
            norm: BatchNorm::new(positions, channels, epsilon)?,
            // The scale and the shift of batch normalisation, which instance normalisation does not have.
            ones: vec![1.0; channels],
            zeros: vec![0.0; channels],
        })
    }

    /// The same normalisation, followed by this activation.
    ///
    /// # Errors
    /// A slope that is negative or not finite.
    pub fn with_activation(self, activation: Activation) -> Result<Self, Error> {
        Ok(Self {
            norm: self.norm.with_activation(activation)?,
            ..self
        })
    }

    #[cfg(test)]
    fn with_simd(self, simd: crate::Simd) -> Self {
        Self {
            norm: self.norm.with_simd(simd),
            ..self
        }
    }

    /// Number of values of all images.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.images.saturating_mul(self.norm.len())
    }

    /// Writes the normalised values of `x` to `y`.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn forward(&self, x: &[f32], y: &mut [f32]) -> Result<(), Error> {
        check_length("the input", x.len(), self.len())?;
        check_length("the output", y.len(), self.len())?;
        let channels = self.norm.channels();
        let (mut mean, mut variance) = (vec![0.0; channels], vec![0.0; channels]);
        let image = self.norm.len();
        // Images run one after the other, and threads share the positions of an image: one image alone uses all threads.
        for (x, y) in x.chunks_exact(image).zip(y.chunks_exact_mut(image)) {
            self.norm
                .forward(x, &self.ones, &self.zeros, y, &mut mean, &mut variance)?;
        }
        Ok(())
    }
}
