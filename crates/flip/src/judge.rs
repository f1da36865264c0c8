use std::fmt::Debug;

use oddframe_clips::Look;
use oddframe_core::FrameSource;

use crate::Error;

/// Says how likely frames are to be upside down.
///
/// It may keep buffers from call to call, which is why asking it takes it mutably.
pub trait Judge: Debug + Send {
    /// What it sees of a frame.
    fn look(&self) -> Look;

    /// Writes for each frame the probability that it is upside down.
    ///
    /// # Shapes
    /// `frames`: `[batch,C,H,W]` of [`Self::look`]; `probabilities`: `[batch]`.
    ///
    /// # Errors
    /// When a slice is not as long as its shape says, or there is no frame.
    fn judge(&mut self, frames: &[f32], batch: usize, probabilities: &mut [f64]) -> Result<(), Error>;

    /// The probability that one frame of a video is upside down.
    ///
    /// # Errors
    /// When the frame does not exist or cannot be read.
    fn judge_frame(&mut self, video: &dyn FrameSource, index: usize) -> Result<f64, Error> {
        let look = self.look();
        let frame = look.of(video)?.read(index)?;
        let (mut values, mut probability) = (vec![0.0; frame.pixels().len()], [0.0]);
        look.scale().fill(&frame, &mut values)?;
        self.judge(&values, 1, &mut probability)?;
        Ok(probability[0])
    }
}
