use std::fmt::Debug;

use oddframe_core::{FrameInput, FrameSource};
use oddframe_frames::prepared;

use crate::Error;

/// Says how likely frames are to be upside down.
///
/// It may keep buffers from call to call, which is why asking it takes it mutably.
pub trait FlipClassifier: Debug + Send {
    /// What it sees of a frame.
    fn input(&self) -> FrameInput;

    /// Writes for each frame the probability that it is upside down.
    ///
    /// # Shapes
    /// `frames`: `[batch,C,H,W]` of [`Self::look`]; `probabilities`: `[batch]`.
    ///
    /// # Errors
    /// When a slice is not as long as its shape says, or there is no frame.
    fn flip_probabilities(
        &mut self,
        frames: &[f32],
        batch: usize,
        probabilities: &mut [f64],
    ) -> Result<(), Error>;

    /// The probability that one frame of a video is upside down.
    ///
    /// # Errors
    /// When the frame does not exist or cannot be read.
    fn frame_probability(&mut self, video: &dyn FrameSource, index: usize) -> Result<f64, Error> {
        let input = self.input();
        let frame = prepared(input, video)?.read(index)?;
        let (mut values, mut probability) = (vec![0.0; frame.pixels().len()], [0.0]);
        input.scale().fill(&frame, &mut values)?;
        self.flip_probabilities(&values, 1, &mut probability)?;
        Ok(probability[0])
    }
}
