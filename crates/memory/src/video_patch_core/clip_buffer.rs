use oddframe_core::{Frame, VideoId};

use super::box_finder::{BoxFinder, FrameBoxes};
use crate::Error;

/// The frames of the current clip, and the boxes of its middle frame.
///
/// Clips do not overlap and follow each other without regard to gaps in the frame numbers. People are boxed in the middle
/// frame (frame 5 of 10); the boxes hold for the whole clip.
#[derive(Debug)]
pub(super) struct ClipBuffer {
    pub(super) frames: Vec<Frame>,
    pub(super) boxes: FrameBoxes,
    /// The frames that the current clip has so far; the others are left from earlier clips and are overwritten.
    count: usize,
    /// Whether a clip of the video is complete.
    had_clip: bool,
}

impl ClipBuffer {
    pub(super) fn new(clip_frames: usize) -> Self {
        Self {
            frames: vec![Frame::default(); clip_frames],
            boxes: FrameBoxes::default(),
            count: 0,
            had_clip: false,
        }
    }

    /// Begins a video.
    pub(super) fn start(&mut self) {
        (self.count, self.had_clip) = (0, false);
        self.boxes.areas.clear();
    }

    /// Adds a frame. True when the clip is complete: the next frame begins another.
    pub(super) fn push(
        &mut self,
        video: &VideoId,
        frame: &Frame,
        finder: &mut BoxFinder,
    ) -> Result<bool, Error> {
        if self.count == self.frames.len() {
            self.count = 0;
        }
        // The boxes of every frame up to the middle are kept until the next one replaces them: a video may end before.
        let wanted = self.count <= self.frames.len() / 2;
        finder.push(video, frame, wanted, &mut self.boxes)?;
        self.frames[self.count].copy_from(frame);
        self.count += 1;
        let complete = self.count == self.frames.len();
        self.had_clip |= complete;
        Ok(complete)
    }

    /// Completes the clip of a video that is shorter than a clip by repeating its last frame. True when there is such a clip.
    pub(super) fn finish(&mut self) -> bool {
        if self.had_clip || self.count == 0 {
            return false;
        }
        let (given, missing) = self.frames.split_at_mut(self.count);
        for frame in missing {
            frame.copy_from(&given[given.len() - 1]);
        }
        self.count = self.frames.len();
        true
    }
}
