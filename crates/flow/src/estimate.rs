use oddframe_core::{Frame, PixelFormat};

use crate::{Error, Flow};

/// A method of estimating dense optical flow. Buffers live here and are reused from pair to pair.
///
/// ```
/// use oddframe_core::{Frame, FrameShape, PixelFormat};
/// use oddframe_flow::{Dis, DisOptions, EstimateFlow, Farneback, FarnebackOptions, Flow};
///
/// // Code that takes any method.
/// fn mean_motion(method: &mut dyn EstimateFlow, frames: &[Frame]) -> Result<f32, oddframe_flow::Error> {
///     let mut flow = Flow::default();
///     let mut sum = 0.0;
///     for pair in frames.windows(2) {
///         method.estimate(&pair[0], &pair[1], &mut flow)?;
///         sum += flow.mean_magnitude();
///     }
///     Ok(sum / (frames.len() - 1) as f32)
/// }
///
/// let still = vec![Frame::new(FrameShape::new(64, 48, PixelFormat::Gray)?); 3];
/// assert_eq!(mean_motion(&mut Farneback::new(FarnebackOptions::default())?, &still)?, 0.0);
/// assert_eq!(mean_motion(&mut Dis::new(DisOptions::fast())?, &still)?, 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait EstimateFlow: Send {
    /// The pixel format of the frames: gray for Farnebäck and DIS, RGB for RAFT.
    fn format(&self) -> PixelFormat;

    /// Estimates the motion from `previous` to `next`, and gives `flow` the size of the frames.
    ///
    /// The pixel at `(x, y)` of `previous` is found at `(x + dx, y + dy)` in `next`.
    ///
    /// # Errors
    /// When the frames differ in shape, or are too small for the method.
    fn estimate(&mut self, previous: &Frame, next: &Frame, flow: &mut Flow) -> Result<(), Error>;
}

/// Checks that both frames have one shape, and the format that the method takes.
pub(crate) fn check_frames(
    previous: &Frame,
    next: &Frame,
    wanted: PixelFormat,
) -> Result<(), Error> {
    if previous.shape() != next.shape() {
        return Err(Error::DifferentShapes {
            previous: previous.shape(),
            next: next.shape(),
        });
    }
    if previous.shape().format() != wanted {
        return Err(Error::WrongFormat {
            wanted,
            found: previous.shape(),
        });
    }
    Ok(())
}
