use std::ops::Range;

use oddframe_core::Random;

use super::layout::{dwell_length, place_slots, separate_tracks};
use crate::pasting::{LENGTH, Track};

/// Something appears and disappears in the first and last frames of a slot. They are not counted.
const EDGE: usize = 4;

/// For so many frames nobody can know that an object dwells.
const NOT_YET_DWELLING: usize = 24;

/// A place for something in a held-out video.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// The position among all normal videos.
    pub(super) video: usize,
    /// The number of the slot among those of its use.
    pub(super) number: usize,
    pub(super) frames: Range<usize>,
    pub(super) content: Content,
}

/// What a slot is used for.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// An object of another moment, in every way that it can move.
    Passing { covered: bool },
    /// An object of another moment that stands still.
    Dwelling,
    /// The object that is there itself.
    Own(Track),
}

impl Slot {
    fn new(video: usize, number: usize, start: usize, length: usize, content: Content) -> Self {
        Self {
            video,
            number,
            frames: start..start + length,
            content,
        }
    }

    /// The frames that a system is judged by.
    pub(super) fn counted_frames(&self) -> Range<usize> {
        let before = match self.content {
            Content::Dwelling => NOT_YET_DWELLING,
            Content::Passing { .. } | Content::Own(_) => EDGE,
        };
        self.frames.start + before..self.frames.end - EDGE
    }
}

/// The slots of a video of so many frames, at most so many of each use.
pub(super) fn slots_of_video(
    video: usize,
    frames: usize,
    tracks: &[Track],
    each: usize,
    random: &mut Random,
) -> Vec<Slot> {
    let own = separate_tracks(tracks, frames, each, random);
    let dwell = dwell_length(frames);
    let passing = Content::Passing {
        covered: own.is_empty(),
    };
    let mut slots = Vec::new();
    for (length, content) in [(LENGTH, passing), (dwell, Content::Dwelling)] {
        let starts = place_slots(frames, length, each, random);
        for (number, start) in starts.into_iter().enumerate() {
            slots.push(Slot::new(video, number, start, length, content.clone()));
        }
    }
    for (number, track) in own.into_iter().enumerate() {
        let content = Content::Own(track.clone());
        slots.push(Slot::new(video, number, track.start, LENGTH, content));
    }
    slots
}
