use oddframe_clips::Examples;
use oddframe_core::{
    ClipShape, Error as CoreError, Event, Frame, FrameInput, FrameSource, Observer,
};
use oddframe_frames::{ReadAhead, prepared, read_ahead_all};

use crate::{Error, FlipClassifier};

/// The number of frames classified in one batch.
const BATCH: usize = 64;

/// Training examples from upright frames: each frame once as it is, labelled 0, and once upside down, labelled 1.
///
/// The frames are prepared once and kept as bytes, 4 KiB each at 64x64.
#[derive(Debug, Clone)]
pub(crate) struct FlipExamples {
    input: FrameInput,
    shape: ClipShape,
    frames: Vec<Frame>,
}

impl FlipExamples {
    /// Prepares every frame of upright videos.
    ///
    /// # Errors
    /// When there is no video, a frame cannot be read, or the observer cancels.
    pub(crate) fn new(
        normal: &[&dyn FrameSource],
        input: FrameInput,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let sources = normal
            .iter()
            .map(|video| prepared(input, *video))
            .collect::<Result<Vec<_>, _>>()?;
        let sources: Vec<&dyn FrameSource> = sources
            .iter()
            .map(|source| &**source as &dyn FrameSource)
            .collect();
        Self::from_prepared(&sources, input, observer)
    }

    /// Takes every frame of upright videos that are already converted to `input`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn from_prepared(
        normal: &[&dyn FrameSource],
        input: FrameInput,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        if normal.is_empty() {
            return Err(CoreError::Nothing {
                what: "training video to learn from what is upright",
            }
            .into());
        }
        let total: usize = normal.iter().map(|source| source.numbers().len()).sum();
        observer.tell(Event::Started {
            task: "preparing frames",
            total: Some(total as u64),
        })?;
        // Every epoch reads every frame twice: kept as bytes, they are decoded and resized once. Pixels become floats
        // only when an example is written.
        let frames = read_ahead_all(normal, ReadAhead::new(), |read| {
            let mut frames = Vec::with_capacity(total);
            while let Some(frame) = read.next_frame() {
                frames.push(frame?.clone());
                observer.tell(Event::Advanced {
                    done: frames.len() as u64,
                })?;
            }
            Ok::<_, CoreError>(frames)
        })?;
        observer.tell(Event::Finished)?;
        Ok(Self {
            shape: input.clip(1)?,
            input,
            frames,
        })
    }

    /// The share of the examples that a classifier gets right.
    ///
    /// # Errors
    /// When the classifier has another input, or fails.
    pub(crate) fn accuracy(&self, classifier: &mut dyn FlipClassifier) -> Result<f64, Error> {
        let image = self.input_shape().frame_values();
        let (mut seen, mut labels) = (vec![0.0; BATCH * image], [[0.0]; BATCH]);
        let (mut probabilities, mut right) = ([0.0; BATCH], 0);
        for first in (0..self.len()).step_by(BATCH) {
            let count = BATCH.min(self.len() - first);
            let places = seen
                .chunks_exact_mut(image)
                .zip(&mut labels)
                .zip(first..first + count);
            for ((seen, label), index) in places {
                self.write_example(0, index, seen, label)?;
            }
            classifier.flip_probabilities(
                &seen[..count * image],
                count,
                &mut probabilities[..count],
            )?;
            // 0.5 measures the classifier itself, whatever threshold turns its probabilities into decisions later.
            let answers = probabilities[..count].iter().zip(&labels);
            right += answers
                .filter(|(probability, [label])| (**probability > 0.5) == (*label == 1.0))
                .count();
        }
        Ok(right as f64 / self.len() as f64)
    }
}

impl Examples for FlipExamples {
    fn len(&self) -> usize {
        2 * self.frames.len()
    }

    fn input_shape(&self) -> ClipShape {
        self.shape
    }

    fn target_shape(&self) -> ClipShape {
        ClipShape {
            frames: 1,
            channels: 1,
            height: 1,
            width: 1,
        }
    }

    fn write_example(
        &self,
        _: u64,
        index: usize,
        seen: &mut [f32],
        wanted: &mut [f32],
    ) -> Result<(), CoreError> {
        let (what, expected) = ("examples of upright and flipped frames", self.len());
        // All upright examples come first, then all flipped ones, so that every n-th example gives both kinds.
        let (flipped, place) = match index.checked_sub(self.frames.len()) {
            Some(place) => (true, place),
            None => (false, index),
        };
        let frame = self.frames.get(place).ok_or(CoreError::Length {
            what,
            expected,
            found: index + 1,
        })?;
        let [label] = wanted else {
            return Err(CoreError::Length {
                what: "labels of a frame",
                expected: 1,
                found: wanted.len(),
            });
        };
        self.input.scale().fill(frame, seen)?;
        *label = if flipped { 1.0 } else { 0.0 };
        if flipped {
            let ClipShape { height, width, .. } = self.input_shape();
            // The values lie channels first: the rows of each channel are reversed.
            for plane in seen.chunks_exact_mut(height * width) {
                reverse_rows(plane, width);
            }
        }
        Ok(())
    }
}

/// Reverses the order of a plane's rows.
fn reverse_rows(plane: &mut [f32], width: usize) {
    let rows = plane.len() / width;
    // Row i changes places with the i-th row from the end. Where the number of rows is odd, the middle one stays: it is
    // the first row of `bottom`, which the shorter iterator never reaches.
    let (top, bottom) = plane.split_at_mut(rows / 2 * width);
    for (upper, lower) in top
        .chunks_exact_mut(width)
        .zip(bottom.rchunks_exact_mut(width))
    {
        upper.swap_with_slice(lower);
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, FrameShape, PixelFormat};

    use super::*;

    /// Gray frames of 2x3 pixels: brighter towards the bottom, or of one gray.
    fn examples(graded: &[bool]) -> FlipExamples {
        let input = FrameInput::new(2, 3, PixelFormat::Gray).unwrap();
        let frames = graded.iter().zip(0..).map(|(graded, number)| {
            let shape = FrameShape::new(2, 3, PixelFormat::Gray).unwrap();
            let mut frame = Frame::new(shape);
            frame.reset(shape, FrameNumber(number));
            if *graded {
                frame
                    .pixels_mut()
                    .copy_from_slice(&[0, 51, 102, 102, 204, 255]);
            } else {
                frame.pixels_mut().fill(51);
            }
            frame
        });
        FlipExamples {
            input,
            shape: input.clip(1).unwrap(),
            frames: frames.collect(),
        }
    }

    /// Takes a frame for flipped when its first row is brighter than its last one.
    #[derive(Debug, Default)]
    struct Brightness {
        batches: Vec<usize>,
    }

    impl FlipClassifier for Brightness {
        fn input(&self) -> FrameInput {
            FrameInput::new(2, 3, PixelFormat::Gray).unwrap()
        }

        fn flip_probabilities(
            &mut self,
            frames: &[f32],
            batch: usize,
            probabilities: &mut [f64],
        ) -> Result<(), Error> {
            self.batches.push(batch);
            for (frame, probability) in frames.chunks_exact(6).zip(probabilities) {
                *probability = if frame[0] > frame[4] { 1.0 } else { 0.0 };
            }
            Ok(())
        }
    }

    #[test]
    fn all_frames_are_upright_first_and_then_upside_down() {
        let examples = examples(&[true, false]);
        assert_eq!(examples.len(), 4);
        let (upright, flipped) = (
            [0.0, 0.2, 0.4, 0.4, 0.8, 1.0],
            [0.8, 1.0, 0.4, 0.4, 0.0, 0.2],
        );
        let flat = [0.2; 6];
        let expected = [(upright, 0.0), (flat, 0.0), (flipped, 1.0), (flat, 1.0)];
        for (index, expected) in expected.into_iter().enumerate() {
            let (mut seen, mut wanted) = ([7.0; 6], [7.0]);
            examples
                .write_example(1, index, &mut seen, &mut wanted)
                .unwrap();
            assert_eq!((seen, wanted[0]), expected, "example {index}");
        }
    }

    #[test]
    fn an_example_that_does_not_exist_and_slices_of_other_lengths_are_refused() {
        let examples = examples(&[true]);
        for (index, values, labels) in [(2, 6, 1), (0, 5, 1), (0, 6, 0)] {
            let (mut seen, mut wanted) = (vec![0.0; values], vec![0.0; labels]);
            let written = examples.write_example(0, index, &mut seen, &mut wanted);
            assert!(written.is_err(), "example {index}, {values}, {labels}");
        }
    }

    #[test]
    fn accuracy_is_the_share_of_the_examples() {
        let mut classifier = Brightness::default();
        // A frame of one gray looks upright in both poses, and one of them is.
        let half = examples(&[true, false, false, true]);
        assert_eq!(half.accuracy(&mut classifier).unwrap(), 0.75);
        assert_eq!(
            examples(&[true; 65]).accuracy(&mut classifier).unwrap(),
            1.0
        );
        assert_eq!(classifier.batches, [8, 64, 64, 2]);
    }
}
