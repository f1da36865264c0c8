//! Where in a video something is pasted: slots of equal length, well apart.

use oddframe_core::Random;

use crate::pasting::{LENGTH, Track};

/// The frames before the first slot and after the last.
const MARGIN: usize = 8;

/// The frames between two slots: the clips of most systems have at most 16 frames.
const GAP: usize = 16;

/// The shortest and the longest time that an object stands still, in frames.
const DWELL: (usize, usize) = (60, 100);

/// An object dwells for at most this share of a video: most of it stays as it was.
const DWELL_SHARE: f64 = 0.4;

/// The fewest frames of a video that has a slot of this length.
pub(super) const fn frames_needed(length: usize) -> usize {
    length + 2 * MARGIN
}

/// The fewest frames of a video in which an object can dwell.
pub(super) const fn frames_to_dwell() -> usize {
    frames_needed(DWELL.0)
}

/// How long an object stands still, in frames, in a video of this length.
pub(super) fn dwell_length(frames: usize) -> usize {
    ((DWELL_SHARE * frames as f64) as usize).clamp(DWELL.0, DWELL.1)
}

/// The first frames of slots in a video, at random: as many as wanted, or as there is room for.
pub(super) fn place_slots(
    frames: usize,
    length: usize,
    wanted: usize,
    random: &mut Random,
) -> Vec<usize> {
    let Some(room) = frames.checked_sub(frames_needed(length)) else {
        return Vec::new();
    };
    let count = wanted.min(1 + room / (length + GAP));
    let Some(others) = count.checked_sub(1) else {
        return Vec::new();
    };
    // What is left after all slots and gaps is divided among the slots at random. Sorted draws keep the order of the slots.
    let free = room - others * (length + GAP);
    let mut offsets: Vec<u64> = (0..count).map(|_| random.below(free as u64 + 1)).collect();
    offsets.sort_unstable();
    (0..count)
        .zip(offsets)
        .map(|(slot, offset)| MARGIN + slot * (length + GAP) + offset as usize)
        .collect()
}

/// Tracks of a video of so many frames whose own frames can be slots: well apart, at most as many as wanted.
pub(super) fn separate_tracks<'a>(
    tracks: &'a [Track],
    frames: usize,
    wanted: usize,
    random: &mut Random,
) -> Vec<&'a Track> {
    let inside = |track: &&Track| track.start >= MARGIN && track.start + LENGTH + MARGIN <= frames;
    let mut tracks: Vec<&Track> = tracks.iter().filter(inside).collect();
    random.shuffle(&mut tracks);
    let mut chosen: Vec<&Track> = Vec::new();
    for track in tracks {
        let apart = chosen
            .iter()
            .all(|other| other.start.abs_diff(track.start) >= LENGTH + GAP);
        if apart && chosen.len() < wanted {
            chosen.push(track);
        }
    }
    chosen.sort_by_key(|track| track.start);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_apart_and_inside() {
        let mut random = Random::new(5);
        for frames in 0..300 {
            let slots = place_slots(frames, 24, 3, &mut random);
            let room = [40, 80, 120].iter().filter(|least| frames >= **least);
            assert_eq!(slots.len(), room.count(), "{frames}");
            assert!(slots.iter().all(|slot| (8..=frames - 32).contains(slot)));
            assert!(slots.windows(2).all(|two| two[1] - two[0] >= 40));
        }
        assert!(place_slots(300, 24, 0, &mut random).is_empty());
        assert_eq!(place_slots(40, 24, 9, &mut random), [8]);
    }

    #[test]
    fn objects_dwell_for_seconds() {
        assert_eq!([90, 200, 1000].map(dwell_length), [60, 80, 100]);
        assert_eq!(frames_to_dwell(), 76);
    }

    #[test]
    fn tracks_near_each_other_or_the_ends_are_left_out() {
        let at = |start| Track {
            start,
            places: Vec::new(),
        };
        let tracks = [at(0), at(10), at(49), at(100), at(70)];
        let chosen = separate_tracks(&tracks, 101, 9, &mut Random::new(2));
        // 0 and 100 are at the ends; 10 and 49 are less than 40 apart, 49 and 70 too, and 70 is at the end.
        assert_eq!(chosen.len(), 1);
        assert!([10, 49].contains(&chosen[0].start));
    }
}
