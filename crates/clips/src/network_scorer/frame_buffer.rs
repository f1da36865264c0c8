use std::collections::VecDeque;

use oddframe_core::{Frame, FrameNumber};

/// The latest frames of a video, by index: bytes for windows that are not complete, numbers for windows that wait to be
/// scored. Frames are recycled, so that a video allocates no more than the first window needs.
///
/// ```text
/// index       0 1 2 3 4 5 6 7 8 9
/// numbers         [-------------]     from the first window that waits in the batch
/// images                  [-----]     from the first frame that a later window needs
/// ```
#[derive(Debug, Default)]
pub(super) struct FrameBuffer {
    images: VecDeque<Frame>,
    numbers: VecDeque<FrameNumber>,
    /// Number of frames pushed: the index of the next frame.
    pushed: usize,
    spare: Vec<Frame>,
}

impl FrameBuffer {
    pub(super) fn push_frame(&mut self, number: FrameNumber, image: &Frame) {
        let mut frame = self
            .spare
            .pop()
            .unwrap_or_else(|| Frame::new(image.shape()));
        frame.copy_from(image);
        self.images.push_back(frame);
        self.numbers.push_back(number);
        self.pushed += 1;
    }

    /// The pixels of a frame that is still kept.
    pub(super) fn image_at(&self, index: usize) -> &Frame {
        // The queue ends with the frame before `pushed`.
        &self.images[index + self.images.len() - self.pushed]
    }

    /// The number of a frame whose number is still kept.
    pub(super) fn number_at(&self, index: usize) -> FrameNumber {
        self.numbers[index + self.numbers.len() - self.pushed]
    }

    /// Frees the pixels of the frames before `image` and the numbers of the frames before `number`.
    pub(super) fn free_before(&mut self, image: usize, number: usize) {
        // Both queues end at `pushed`, so how many to keep says which to free.
        let kept = self.pushed.saturating_sub(image);
        while self.images.len() > kept {
            self.spare.extend(self.images.pop_front());
        }
        let kept = self.pushed.saturating_sub(number);
        self.numbers
            .drain(..self.numbers.len().saturating_sub(kept));
    }

    /// Begins a new video.
    pub(super) fn clear(&mut self) {
        self.free_before(self.pushed, self.pushed);
        self.pushed = 0;
    }

    /// How many images the buffer has allocated.
    #[cfg(test)]
    pub(super) fn allocated(&self) -> usize {
        self.images.len() + self.spare.len()
    }
}
