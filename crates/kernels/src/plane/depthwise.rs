use super::geometry::PlaneWindow;
use super::tile::{Rule, SlidingWindow, run_window};
use crate::activation::Activation;
use crate::error::{Error, check_length};
use crate::simd::Simd;
use crate::volumes::Volumes;

/// A convolution of every channel with a kernel of its own, over images whose channels lie last.
///
/// It is what [`Conv`](crate::Conv) computes with as many groups as channels, in a kernel made for it. With equal weights
/// of one divided by the number of taps it is an average pool.
///
/// ```
/// use oddframe_kernels::{Activation, Depthwise, PlaneWindow, Volumes};
///
/// // Two channels: the first sums the four pixels of a window, the second takes the last of them.
/// let layer = Depthwise::new(Volumes::images(1, 2, 2, 2)?, PlaneWindow::square(2, 1, 0))?;
/// let taps = layer.order_weights(&[1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0])?;
/// let mut y = [0.0; 2];
/// let x = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0];
/// layer.forward(&x, &taps, None, Activation::Identity, &mut y)?;
/// assert_eq!(y, [10.0, 40.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Depthwise {
    sliding: SlidingWindow,
}

impl Depthwise {
    /// A depthwise convolution of images.
    ///
    /// # Errors
    /// A window that does not fit the images, padding as large as the kernel, a zero size, or volumes of several layers.
    pub fn new(input: Volumes, window: PlaneWindow) -> Result<Self, Error> {
        let sliding = SlidingWindow::new(input, window, Simd::detect())?;
        Ok(Self { sliding })
    }

    /// The same layer with this instruction set, for comparisons.
    ///
    /// # Errors
    /// An instruction set that this machine does not have.
    pub fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        let sliding = self.sliding.with_simd(simd)?;
        Ok(Self { sliding })
    }

    /// Shape of the input.
    pub fn input(&self) -> Volumes {
        self.sliding.input
    }

    /// Shape of the output.
    pub fn output(&self) -> Volumes {
        self.sliding.output
    }

    /// Number of weights.
    pub fn weights_len(&self) -> usize {
        self.sliding.window.taps() * self.sliding.input.channels()
    }

    /// Weights `[channels, 1, height, width]`, as PyTorch and Burn keep them, in the order that
    /// [`forward`](Self::forward) reads: `[height, width, channels]`.
    ///
    /// # Errors
    /// Weights that are not [`weights_len`](Self::weights_len) long.
    pub fn order_weights(&self, weights: &[f32]) -> Result<Vec<f32>, Error> {
        check_length("the weights", weights.len(), self.weights_len())?;
        // Channels come last, as in the images: the weights of neighbouring channels at one tap form a vector.
        let taps = self.sliding.window.taps();
        let of_tap = |tap| weights.iter().skip(tap).step_by(taps);
        Ok((0..taps).flat_map(of_tap).copied().collect())
    }

    /// Writes `activation(convolution(x) + bias)` to `y`, with weights in the order of
    /// [`order_weights`](Self::order_weights).
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn forward(
        &self,
        x: &[f32],
        weights: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
    ) -> Result<(), Error> {
        check_length("the weights", weights.len(), self.weights_len())?;
        if let Some(bias) = bias {
            check_length("the bias", bias.len(), self.sliding.input.channels())?;
        }
        let rule = Rule::Sum {
            weights,
            bias,
            activation,
        };
        run_window(&self.sliding, x, rule, y)
    }
}
