use std::sync::{Arc, Mutex, PoisonError};

use oddframe_core::{Error, Frame, FrameSource, Scale, Video};

/// A video whose frames a network sees as values.
pub(crate) trait ClipFrames: Send + Sync {
    /// The name of the video and the frames that clips are cut from.
    fn video(&self) -> &Video;

    /// Writes the values of a frame, `[C,H,W]`.
    fn write_frame(&self, index: usize, out: &mut [f32]) -> Result<(), Error>;
}

/// A video of prepared frames.
pub(crate) struct PreparedVideo<'a> {
    source: &'a dyn FrameSource,
    scale: Scale,
    /// Frames to read into, shared by all videos: as many as threads read at once.
    spare: SpareFrames,
}

/// Frames that threads read into, and give back.
pub(crate) type SpareFrames = Arc<Mutex<Vec<Frame>>>;

impl<'a> PreparedVideo<'a> {
    /// The frames of a video, as values of this scale.
    pub(crate) fn new(source: &'a dyn FrameSource, scale: Scale, spare: SpareFrames) -> Self {
        Self {
            source,
            scale,
            spare,
        }
    }
}

impl ClipFrames for PreparedVideo<'_> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn write_frame(&self, index: usize, out: &mut [f32]) -> Result<(), Error> {
        // The lock is held only to take a buffer and to return it, so that threads read frames side by side.
        let spare = self
            .spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut frame = spare.unwrap_or_else(|| Frame::new(self.source.shape()));
        let written = self
            .source
            .read_into(index, &mut frame)
            .and_then(|()| self.scale.fill(&frame, out));
        self.spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(frame);
        written
    }
}
