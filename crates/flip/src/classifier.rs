use std::fmt::Debug;

use oddframe_core::{FirstFrame, FrameInput, FrameSource};
use oddframe_frames::prepared;

use crate::Error;

/// Estimates how likely frames are to be upside down.
///
/// Its methods take `&mut self` so that a classifier can reuse its buffers from call to call.
pub trait FlipClassifier: Debug + Send {
    /// The size, colours and scale of the frames that it is given. Every frame of a video must have an image: differences
    /// between frames with [`FirstFrame::Drop`] are refused.
    fn input(&self) -> FrameInput;

    /// Writes for each frame the probability that it is upside down.
    ///
    /// # Shapes
    /// `frames`: `[batch, channels, height, width]` as [`Self::input`] describes; `probabilities`: `[batch]`.
    ///
    /// # Errors
    /// When the length of a slice does not match its shape, or the batch is empty.
    fn flip_probabilities(
        &mut self,
        frames: &[f32],
        batch: usize,
        probabilities: &mut [f64],
    ) -> Result<(), Error>;

    /// The probability that one frame of a video is upside down.
    ///
    /// # Errors
    /// When the frame does not exist or cannot be read, or the input drops the first frame of a video.
    fn frame_probability(&mut self, video: &dyn FrameSource, index: usize) -> Result<f64, Error> {
        let input = self.input();
        check_input(input)?;
        let frame = prepared(input, video)?.read(index)?;
        let (mut values, mut probability) = (vec![0.0; frame.pixels().len()], [0.0]);
        input.scale().fill(&frame, &mut values)?;
        self.flip_probabilities(&values, 1, &mut probability)?;
        Ok(probability[0])
    }
}

/// Refuses an input that has no image for the first frame of a video.
pub(crate) fn check_input(input: FrameInput) -> Result<(), Error> {
    // Probabilities belong to frames by their place. Without the first frame each would be given to the frame before
    // its own, and the last frame would keep the probability that the buffer started with:
    //
    //   frames           0    1    2    3
    //   differences           1-0  2-1  3-2     prepared: places 0, 1, 2
    match input.difference() {
        Some(FirstFrame::Drop) => Err(Error::FirstFrameDropped),
        _ => Ok(()),
    }
}
