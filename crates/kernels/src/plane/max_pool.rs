use super::geometry::PlaneWindow;
use super::tile::{Rule, SlidingWindow, run_window};
use crate::error::Error;
use crate::simd::Simd;
use crate::volumes::Volumes;

/// The largest value of each channel in a window, over images whose channels lie last. Padding never wins.
///
/// Where a window holds a NaN, the result is unspecified.
///
/// ```
/// use oddframe_kernels::{MaxPool, PlaneWindow, Volumes};
///
/// let pool = MaxPool::new(Volumes::images(1, 4, 4, 1)?, PlaneWindow::square(2, 2, 0))?;
/// let x: Vec<f32> = (0..16).map(|value| value as f32).collect();
/// let mut y = [0.0; 4];
/// pool.forward(&x, &mut y)?;
/// assert_eq!(y, [5.0, 7.0, 13.0, 15.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MaxPool {
    sliding: SlidingWindow,
}

impl MaxPool {
    /// A maximum pool of images.
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

    /// Writes the largest values of `x` to `y`.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn forward(&self, x: &[f32], y: &mut [f32]) -> Result<(), Error> {
        run_window(&self.sliding, x, Rule::Max, y)
    }
}
