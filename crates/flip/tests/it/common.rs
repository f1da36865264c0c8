//! Frames that are easy to classify, and a classifier of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use oddframe_core::{
    Error as CoreError, Frame, FrameInput, FrameNumber, FrameShape, FrameSource, PixelFormat, Video,
};
use oddframe_flip::{Error, FlipClassifier};

/// What a made frame shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// Rows that grow brighter towards the bottom.
    Upright,
    /// The same upside down.
    Flipped,
    /// One gray everywhere.
    Constant,
    /// Cannot be read.
    Broken,
}

/// A video of made frames, 6x5 RGB, numbered from 7 in steps of 3.
#[derive(Debug)]
pub(crate) struct Made {
    video: Video,
    shows: Vec<Shows>,
    pub(crate) reads: AtomicUsize,
}

impl Made {
    pub(crate) fn new(name: &str, shows: &[Shows]) -> Self {
        let shape = FrameShape::new(6, 5, PixelFormat::Rgb).unwrap();
        let numbers = (0..shows.len() as u64)
            .map(|n| FrameNumber(7 + 3 * n))
            .collect();
        let video = Video::new(name.into(), shape, numbers).unwrap();
        Self {
            video,
            shows: shows.to_vec(),
            reads: AtomicUsize::new(0),
        }
    }

    /// `u`, `f`, `c` and `b` for the four.
    pub(crate) fn text(name: &str, shows: &str) -> Self {
        let one = |letter| match letter {
            'u' => Shows::Upright,
            'f' => Shows::Flipped,
            'c' => Shows::Constant,
            _ => Shows::Broken,
        };
        Self::new(name, &shows.chars().map(one).collect::<Vec<_>>())
    }
}

impl FrameSource for Made {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        let number = self.number_at(index)?;
        self.reads.fetch_add(1, Ordering::SeqCst);
        out.reset(self.shape(), number);
        let row_bytes = self.shape().row_bytes();
        for (y, row) in out.pixels_mut().chunks_exact_mut(row_bytes).enumerate() {
            let value = match self.shows[index] {
                Shows::Upright => 40 * y,
                Shows::Flipped => 160 - 40 * y,
                Shows::Constant => 77,
                Shows::Broken => {
                    let (video, source) = (self.id().clone(), "made to fail".into());
                    return Err(CoreError::Read {
                        video,
                        frame: number,
                        path: None,
                        source,
                    });
                }
            };
            for (x, byte) in row.iter_mut().enumerate() {
                *byte = (value + x + index) as u8;
            }
        }
        Ok(())
    }
}

/// Takes a frame for flipped when it is brighter above than below.
#[derive(Debug)]
pub(crate) struct Brightness {
    input: FrameInput,
    /// The size of each batch it was given.
    pub(crate) batches: Vec<usize>,
}

impl Brightness {
    pub(crate) fn new() -> Self {
        Self {
            input: FrameInput::new(4, 4, PixelFormat::Gray).unwrap(),
            batches: Vec::new(),
        }
    }
}

impl Brightness {
    pub(crate) fn with_input(self, input: FrameInput) -> Self {
        Self { input, ..self }
    }
}

impl FlipClassifier for Brightness {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn flip_probabilities(
        &mut self,
        frames: &[f32],
        batch: usize,
        probabilities: &mut [f64],
    ) -> Result<(), Error> {
        self.batches.push(batch);
        for (frame, probability) in frames.chunks_exact(16).zip(probabilities) {
            let sum = |values: &[f32]| f64::from(values.iter().sum::<f32>());
            *probability = 0.5 + (sum(&frame[..8]) - sum(&frame[8..])) / 16.0;
        }
        Ok(())
    }
}
