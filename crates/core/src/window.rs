use std::ops::Range;

use crate::{Align, WindowSpec};

/// One window: the frames `start..start + real` of the video, the last repeated up to the window's length.
///
/// ```text
/// length 5, a run of 3 frames from index 7 on:
///     places   0 1 2 3 4
///     frames   7 8 9 9 9        start 7, real 3
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    start: usize,
    real: usize,
    length: usize,
    align: Align,
}

impl Window {
    /// The window that begins at `start`, of which `real` frames exist.
    pub(crate) const fn new(spec: WindowSpec, start: usize, real: usize) -> Self {
        Self {
            start,
            real,
            length: spec.length(),
            align: spec.align(),
        }
    }

    /// Index of the first frame.
    pub const fn start(self) -> usize {
        self.start
    }

    /// The distinct frames in the window, as indices into the video.
    pub const fn frames(self) -> Range<usize> {
        self.start..self.start + self.real
    }

    /// The frame at each place of the clip, as an index into the video; the last frame may come several times.
    pub fn places(self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.length).map(move |place| self.frame_at(place))
    }

    /// The frames that the window's scores belong to, as indices into the video.
    pub fn scored(self) -> Range<usize> {
        match self.align.scored_place(self.length) {
            // In a short run the scored place may be one that repeats the last frame; the score is then that
            // of the last frame.
            Some(place) => self.frame_at(place)..self.frame_at(place) + 1,
            None => self.frames(),
        }
    }

    /// How many places repeat the last frame.
    pub(crate) const fn repeated_places(self) -> usize {
        self.length - self.real
    }

    fn frame_at(self, place: usize) -> usize {
        // Places behind the last frame of a short run repeat that frame.
        self.start + place.min(self.real - 1)
    }
}
