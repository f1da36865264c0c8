use std::ops::Range;

use oddframe_core::{Error, Frame, FrameSource, Video};

/// Consecutive frames of a video, under the name of the video.
pub(crate) struct VideoPart<S> {
    video: Video,
    source: S,
    start: usize,
}

impl<S: FrameSource> VideoPart<S> {
    /// # Errors
    /// When the part is empty.
    pub(crate) fn new(source: S, frames: Range<usize>) -> Result<Self, Error> {
        let numbers = source.numbers().get(frames.clone()).unwrap_or_default();
        Ok(Self {
            video: Video::new(source.id().clone(), source.shape(), numbers.to_vec())?,
            source,
            start: frames.start,
        })
    }
}

impl<S: FrameSource> FrameSource for VideoPart<S> {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.number_at(index)?;
        self.source.read_into(self.start + index, out)
    }

    fn frames_per_second(&self) -> Option<f64> {
        self.source.frames_per_second()
    }
}
