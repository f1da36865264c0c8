use std::collections::VecDeque;

use oddframe_core::{Error, Frame, FrameNumber, Scale};

/// An image that waits for the windows that contain it.
pub(crate) trait WaitingImage: Default {
    /// Makes this image a copy of another one, keeping its memory.
    fn copy_from(&mut self, other: &Self);

    /// Writes the values that a network sees, `[C,H,W]`.
    fn write_values(&self, scale: Scale, out: &mut [f32]) -> Result<(), Error>;
}

/// A frame waits as bytes, a quarter of the memory of its values.
impl WaitingImage for Frame {
    fn copy_from(&mut self, other: &Self) {
        Self::copy_from(self, other);
    }

    fn write_values(&self, scale: Scale, out: &mut [f32]) -> Result<(), Error> {
        scale.fill(self, out)
    }
}

/// The values that a network sees of one image, where they do not come from a frame: optical flow, or features.
#[derive(Debug, Default)]
pub(crate) struct PlainImage {
    values: Vec<f32>,
}

impl PlainImage {
    /// An image of so many values.
    pub(crate) fn new(values: usize) -> Self {
        Self {
            values: vec![0.0; values],
        }
    }

    /// The values, to write.
    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

impl WaitingImage for PlainImage {
    fn copy_from(&mut self, other: &Self) {
        self.values.clone_from(&other.values);
    }

    fn write_values(&self, _: Scale, out: &mut [f32]) -> Result<(), Error> {
        Error::check_length("values of an image", self.values.len(), out.len())?;
        out.copy_from_slice(&self.values);
        Ok(())
    }
}

/// The latest images of a video, by index: images for windows that are not complete, numbers for windows that wait to be
/// scored. Images are recycled, so that a video allocates no more than the first window needs.
///
/// ```text
/// index       0 1 2 3 4 5 6 7 8 9
/// numbers         [-------------]     from the first window that waits in the batch
/// images                  [-----]     from the first frame that a later window needs
/// ```
#[derive(Debug, Default)]
pub(crate) struct FrameBuffer<I> {
    images: VecDeque<I>,
    numbers: VecDeque<FrameNumber>,
    /// Number of frames pushed: the index of the next frame.
    pushed: usize,
    spare: Vec<I>,
}

impl<I: WaitingImage> FrameBuffer<I> {
    pub(super) fn push_image(&mut self, number: FrameNumber, image: &I) {
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.copy_from(image);
        self.images.push_back(copy);
        self.numbers.push_back(number);
        self.pushed += 1;
    }

    /// An image that is still kept.
    pub(super) fn image_at(&self, index: usize) -> &I {
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
    pub(crate) fn allocated(&self) -> usize {
        self.images.len() + self.spare.len()
    }
}
