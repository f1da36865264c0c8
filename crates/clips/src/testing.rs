//! A video whose pixels tell their frame, and a network simple enough to check by hand.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oddframe_core::{
    ClipShape, Error, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Random, Video,
};

use crate::ClipScorer;

pub(crate) struct Noise {
    video: Video,
    pub(crate) reads: AtomicUsize,
    /// A frame that shows the one before it.
    pub(crate) borrowed: Option<usize>,
}

impl Noise {
    pub(crate) fn new(id: &str, numbers: impl IntoIterator<Item = u64>) -> Self {
        let shape = FrameShape::new(6, 4, PixelFormat::Rgb).unwrap();
        let numbers = numbers.into_iter().map(FrameNumber).collect();
        Self {
            video: Video::new(id.into(), shape, numbers).unwrap(),
            reads: AtomicUsize::new(0),
            borrowed: None,
        }
    }
}

impl FrameSource for Noise {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let number = self.number_at(index)?;
        out.reset(self.shape(), number);
        let mut random = Random::stream(3, &[number.0]);
        out.pixels_mut().fill_with(|| random.bits() as u8);
        if self.borrowed == Some(index) {
            out.lend_to(number, self.numbers()[index - 1]);
        }
        Ok(())
    }
}

/// Its version of a frame is the mean of the clip's frames.
#[derive(Debug)]
pub(crate) struct MeanOfClip {
    clip: ClipShape,
    explained: Range<usize>,
    /// How often it ran.
    pub(crate) runs: Arc<AtomicUsize>,
}

impl MeanOfClip {
    pub(crate) fn new(clip: ClipShape, explained: Range<usize>) -> Self {
        Self { clip, explained, runs: Arc::default() }
    }
}

impl ClipScorer for MeanOfClip {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn explained(&self) -> Range<usize> {
        self.explained.clone()
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let image = self.clip.frame_values();
        assert_eq!(clips.len(), batch * self.clip.frames * image);
        let clips = clips.chunks_exact(self.clip.frames * image);
        for (clip, out) in clips.zip(out.chunks_exact_mut(self.explained.len() * image)) {
            for (i, value) in out.iter_mut().enumerate() {
                let sum: f32 = clip[i % image..].iter().step_by(image).sum();
                *value = sum / self.clip.frames as f32;
            }
        }
        Ok(())
    }
}
