//! Cutting tracked objects out of normal video and pasting them into other moments of it.

mod free_places;
mod paste;
mod tracks;

use oddframe_core::Random;

pub(crate) use self::free_places::free_places;
pub(crate) use self::paste::{Cutout, KINDS, Kind, ObjectArea, Paste, cut_outline};
pub(crate) use self::tracks::{LENGTH, MOST_TRACKS, Track, find_tracks};

/// One of the items; none of an empty list.
pub(crate) fn draw<'a, T>(items: &'a [T], random: &mut Random) -> Option<&'a T> {
    items.get(random.below(items.len() as u64) as usize)
}
