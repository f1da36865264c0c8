use oddframe_core::Frame;

/// About so many frames of a video make its median.
const MEDIAN_FRAMES: usize = 40;

/// About so many frames of a video measure its noise.
const NOISE_FRAMES: usize = 12;

/// The median of a video is that of every so many of its frames.
pub(crate) fn median_stride(frames: usize) -> usize {
    (frames / MEDIAN_FRAMES).max(1)
}

/// The noise of a video is measured in every so many of its frames.
pub(crate) fn noise_stride(frames: usize) -> usize {
    (frames / NOISE_FRAMES).max(1)
}

/// Copies of frames. Their memory is reused after [`Self::clear`].
#[derive(Debug, Default)]
pub(crate) struct SampledFrames {
    frames: Vec<Frame>,
    used: usize,
}

impl SampledFrames {
    pub(crate) fn push(&mut self, frame: &Frame) {
        if self.used == self.frames.len() {
            self.frames.push(Frame::default());
        }
        self.frames[self.used].copy_from(frame);
        self.used += 1;
    }

    pub(crate) fn frames(&self) -> &[Frame] {
        &self.frames[..self.used]
    }

    pub(crate) fn len(&self) -> usize {
        self.used
    }

    pub(crate) fn clear(&mut self) {
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_videos_are_sampled_wholly() {
        assert_eq!(
            (median_stride(79), median_stride(80), median_stride(0)),
            (1, 2, 1)
        );
        assert_eq!((noise_stride(23), noise_stride(180)), (1, 15));
    }
}
