use oddframe_clips::{Examples, Look};
use oddframe_core::{ClipShape, Error as CoreError, Event, Frame, FrameSource, Observer};
use oddframe_frames::{ReadAhead, read_ahead_all};

use crate::{Error, Judge};

/// Frames judged at once.
const BATCH: usize = 64;

/// Frames that label themselves: each comes once as it is, labelled 0, and once upside down, labelled 1.
///
/// The frames are prepared once and kept as bytes, 4 KiB each at 64x64.
#[derive(Debug, Clone)]
pub struct FlipExamples {
    look: Look,
    frames: Vec<Frame>,
}

impl FlipExamples {
    /// Prepares every frame of upright videos.
    ///
    /// # Errors
    /// When there is no video, a frame cannot be read, or `watch` asks to stop.
    pub fn new(normal: &[&dyn FrameSource], look: Look, watch: &mut dyn Observer) -> Result<Self, Error> {
        if normal.is_empty() {
            return Err(CoreError::Nothing { what: "training video to learn from what is upright" }.into());
        }
        let seen = normal.iter().map(|video| look.of(*video)).collect::<Result<Vec<_>, _>>()?;
        let sources: Vec<&dyn FrameSource> =
            seen.iter().map(|source| &**source as &dyn FrameSource).collect();
        let total: usize = sources.iter().map(|source| source.numbers().len()).sum();
        watch.tell(Event::Started { task: "preparing frames", total: Some(total as u64) })?;
        let frames = read_ahead_all(&sources, ReadAhead::new(), |read| {
            let mut frames = Vec::with_capacity(total);
            while let Some(lent) = read.next_frame() {
                frames.push(lent?.frame.clone());
                watch.tell(Event::Advanced { done: frames.len() as u64 })?;
            }
            Ok::<_, CoreError>(frames)
        })?;
        watch.tell(Event::Finished)?;
        Ok(Self { look, frames })
    }

    /// What the examples show of a frame.
    pub fn look(&self) -> Look {
        self.look
    }

    /// The share of the examples that a judge with this look gets right.
    ///
    /// # Errors
    /// When the judge sees frames of another size, or fails.
    pub fn accuracy(&self, judge: &mut dyn Judge) -> Result<f64, Error> {
        let image = self.seen().frame_values();
        let (mut seen, mut labels) = (vec![0.0; BATCH * image], [[0.0]; BATCH]);
        let (mut probabilities, mut right) = ([0.0; BATCH], 0);
        for first in (0..self.len()).step_by(BATCH) {
            let count = BATCH.min(self.len() - first);
            let places = seen.chunks_exact_mut(image).zip(&mut labels).zip(first..first + count);
            for ((seen, label), index) in places {
                self.fill(0, index, seen, label)?;
            }
            judge.judge(&seen[..count * image], count, &mut probabilities[..count])?;
            let judged = probabilities[..count].iter().zip(&labels);
            right += judged.filter(|(probability, [label])| (**probability > 0.5) == (*label == 1.0)).count();
        }
        Ok(right as f64 / self.len() as f64)
    }
}

impl Examples for FlipExamples {
    fn len(&self) -> usize {
        2 * self.frames.len()
    }

    fn seen(&self) -> ClipShape {
        self.look.clip(1)
    }

    fn wanted(&self) -> ClipShape {
        ClipShape { frames: 1, channels: 1, height: 1, width: 1 }
    }

    fn fill(&self, _: u64, index: usize, seen: &mut [f32], wanted: &mut [f32]) -> Result<(), CoreError> {
        let (what, expected) = ("examples of upright and flipped frames", self.len());
        // First all upright ones, then all flipped ones: whoever takes every n-th example gets both.
        let (flipped, place) = match index.checked_sub(self.frames.len()) {
            Some(place) => (true, place),
            None => (false, index),
        };
        let frame = self.frames.get(place).ok_or(CoreError::Length { what, expected, found: index + 1 })?;
        let [label] = wanted else {
            return Err(CoreError::Length { what: "labels of a frame", expected: 1, found: wanted.len() });
        };
        self.look.scale().fill(frame, seen)?;
        *label = if flipped { 1.0 } else { 0.0 };
        if flipped {
            let ClipShape { height, width, .. } = self.seen();
            for plane in seen.chunks_exact_mut(height * width) {
                turn_over(plane, width);
            }
        }
        Ok(())
    }
}

/// Reverses the order of a plane's rows.
fn turn_over(plane: &mut [f32], width: usize) {
    let rows = plane.len() / width;
    let (top, bottom) = plane.split_at_mut(rows / 2 * width);
    for (upper, lower) in top.chunks_exact_mut(width).zip(bottom.rchunks_exact_mut(width)) {
        upper.swap_with_slice(lower);
    }
}
