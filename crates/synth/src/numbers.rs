//! Frame numbers with gaps.

use oddframe_core::{FrameNumber, Random};

use crate::preset::Timeline;

/// The numbers of a video's frames. The missing frames are single ones, never the first or the
/// last, and never neighbours.
pub(crate) fn frame_numbers(timeline: Timeline, random: &mut Random) -> Vec<FrameNumber> {
    let span = timeline.frames + timeline.missing;
    let mut missing = vec![false; span];
    let mut left = timeline.missing;
    // A missing frame blocks three places. With more places than that the drawing always ends.
    while left > 0 && span > 3 * timeline.missing + 2 {
        // Draw a position, and skip it if it or a neighbour is missing already.
        let place = 1 + random.below(span as u64 - 2) as usize;
        if !missing[place - 1] && !missing[place] && !missing[place + 1] {
            missing[place] = true;
            left -= 1;
        }
    }
    let there = (0..span).filter(|place| !missing[*place]);
    there
        .map(|place| FrameNumber(timeline.first + place as u64))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_single_frames_inside_the_video() {
        let timeline = Timeline {
            first: 91,
            frames: 722,
            missing: 28,
        };
        let numbers = frame_numbers(timeline, &mut Random::new(1));
        assert_eq!(
            (numbers.len(), numbers[0], numbers[721]),
            (722, FrameNumber(91), FrameNumber(840))
        );
        let steps: Vec<u64> = numbers.windows(2).map(|w| w[1].0 - w[0].0).collect();
        assert_eq!(steps.iter().filter(|s| **s == 2).count(), 28);
        assert_eq!(steps.iter().filter(|s| **s == 1).count(), 693);
    }

    #[test]
    fn numbers_without_gaps_are_consecutive() {
        let numbers = frame_numbers(
            Timeline {
                first: 0,
                frames: 3,
                missing: 0,
            },
            &mut Random::new(1),
        );
        assert_eq!(numbers, [0, 1, 2].map(FrameNumber));
    }
}
