use std::ops::Range;
use std::sync::Arc;

use oddframe_core::{Error, Frame, FrameSource, Video};

/// Consecutive frames of a video, under the name of the video.
pub(super) struct VideoPart {
    video: Video,
    source: Arc<dyn FrameSource>,
    start: usize,
}

impl VideoPart {
    /// # Errors
    /// When the part is empty.
    pub(super) fn new(source: &Arc<dyn FrameSource>, frames: Range<usize>) -> Result<Self, Error> {
        let numbers = source.numbers().get(frames.clone()).unwrap_or_default();
        Ok(Self {
            video: Video::new(source.id().clone(), source.shape(), numbers.to_vec())?,
            source: Arc::clone(source),
            start: frames.start,
        })
    }
}

impl FrameSource for VideoPart {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.number_at(index)?;
        self.source.read_into(self.start + index, out)
    }
}
