use oddframe_core::{ClipShape, Error, Frame, FrameNumber, VideoId};

/// Describes a frame by a vector of features: a frozen network, or anything else that needs no training here.
pub trait DescribeFrame: Send {
    /// The length of the vectors.
    fn dimensions(&self) -> usize;

    /// Writes the features of a prepared frame.
    ///
    /// # Errors
    /// When the frame is not prepared as the method expects, or the method fails.
    fn describe(&mut self, frame: &Frame, out: &mut [f32]) -> Result<(), Error>;
}

/// Refuses features that are not finite: a network that is trained on one never learns, and no score can be made of it.
pub(super) fn check_finite(
    video: &VideoId,
    frame: FrameNumber,
    features: &[f32],
) -> Result<(), Error> {
    match features.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(place) => Err(crate::Error::Feature {
            video: video.clone(),
            frame,
            place,
        }
        .into()),
    }
}

/// The shape of a clip of vectors: each is an image of one pixel with many channels.
pub(super) const fn clip_of_features(frames: usize, dimensions: usize) -> ClipShape {
    ClipShape {
        frames,
        channels: dimensions,
        height: 1,
        width: 1,
    }
}
