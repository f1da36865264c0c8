//! Placing the runs of upside-down frames.

use oddframe_core::Random;

use super::options::DamageOptions;
use super::video_damage::{Kept, Purpose};
use crate::Error;

/// Random positions that are tried for a run before all positions are searched.
const MAX_TRIES: usize = 32;

/// Marks runs of frames as upside down until their fraction is reached exactly. No two runs touch
/// each other: they would form one longer run.
pub(super) fn mark_flips(
    videos: &mut [Kept],
    options: DamageOptions,
    seed: u64,
) -> Result<(), Error> {
    let (least, most) = options.run_frames;
    let frames: usize = videos.iter().map(|kept| kept.frames.len()).sum();
    let wanted = (options.flip_share * frames as f64).round() as usize;
    let mut random = Random::stream(seed, &[Purpose::Flips as u64]);
    let mut placed = 0;
    while placed < wanted {
        let drawn = least.saturating_add(random.below((most - least) as u64 + 1) as usize);
        let mut run = drawn.min(wanted - placed);
        let (video, first) = loop {
            match place_run(videos, frames, run, &mut random) {
                Some(place) => break place,
                // No room for a run of this length: try a shorter one.
                None if run > 1 => run -= 1,
                None => return Err(Error::FlipsDoNotFit { wanted, placed }),
            }
        };
        for frame in &mut videos[video].frames[first..first + run] {
            frame.flipped = true;
        }
        placed += run;
    }
    Ok(())
}

/// A random position for a run that touches no other: the video and the first frame in it.
fn place_run(
    videos: &[Kept],
    frames: usize,
    run: usize,
    random: &mut Random,
) -> Option<(usize, usize)> {
    for _ in 0..MAX_TRIES {
        // A random frame of all videos, so that long videos get more runs.
        let mut first = random.below(frames as u64) as usize;
        let video = videos.iter().position(|kept| {
            let inside = first < kept.frames.len();
            first -= if inside { 0 } else { kept.frames.len() };
            inside
        })?;
        if fits(&videos[video], first, run) {
            return Some((video, first));
        }
    }
    let all: Vec<_> = videos
        .iter()
        .enumerate()
        .flat_map(|(video, kept)| possible_starts(kept, run, video))
        .collect();
    all.get(random.below(all.len() as u64) as usize).copied()
}

/// Whether a run of this length fits at a position without touching another.
fn fits(kept: &Kept, first: usize, run: usize) -> bool {
    let before = first.saturating_sub(1);
    let behind = (first + run + 1).min(kept.frames.len());
    first + run <= kept.frames.len()
        && kept.frames[before..behind]
            .iter()
            .all(|frame| !frame.flipped)
}

/// All positions in one video at which a run fits, in linear time.
fn possible_starts(kept: &Kept, run: usize, video: usize) -> Vec<(usize, usize)> {
    let len = kept.frames.len();
    // free[i] is the number of unflipped frames from i on, counted from the end in one pass.
    let mut free = vec![0; len + 1];
    for i in (0..len).rev() {
        free[i] = if kept.frames[i].flipped {
            0
        } else {
            free[i + 1] + 1
        };
    }
    let mut starts = Vec::new();
    for (first, free) in free[..len].iter().enumerate() {
        let clear_before = first == 0 || !kept.frames[first - 1].flipped;
        if first + run <= len && clear_before && *free >= (run + 1).min(len - first) {
            starts.push((video, first));
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use oddframe_core::FrameNumber;
    use proptest::prelude::*;

    use super::*;
    use crate::FrameDamage;

    fn kept(flipped: &[bool]) -> Kept {
        let frame = |(index, flipped): (usize, &bool)| FrameDamage {
            index,
            number: FrameNumber(index as u64),
            noisy: false,
            flipped: *flipped,
        };
        Kept {
            key: 1,
            frames: flipped.iter().enumerate().map(frame).collect(),
        }
    }

    proptest! {
        #[test]
        fn possible_starts_are_the_positions_that_fit(
            flipped in proptest::collection::vec(any::<bool>(), 1..20),
            run in 1_usize..6,
        ) {
            let kept = kept(&flipped);
            let one_by_one = (0..flipped.len()).filter(|first| fits(&kept, *first, run)).map(|first| (3, first));
            prop_assert_eq!(possible_starts(&kept, run, 3), one_by_one.collect::<Vec<_>>());
        }

        #[test]
        fn runs_do_not_touch_and_reach_their_fraction(
            lengths in proptest::collection::vec(1_usize..200, 1..5),
            share in 0.0..0.4_f64,
            seed in any::<u64>(),
        ) {
            let mut videos: Vec<_> = lengths.iter().map(|n| kept(&vec![false; *n])).collect();
            let options = DamageOptions::none().with_flips(share).with_runs(3, 9);
            mark_flips(&mut videos, options, seed).unwrap();
            let flipped = |kept: &Kept| kept.frames.iter().filter(|frame| frame.flipped).count();
            let wanted = (share * lengths.iter().sum::<usize>() as f64).round() as usize;
            prop_assert_eq!(videos.iter().map(flipped).sum::<usize>(), wanted);
            // Two runs that touch would form a longer one.
            for kept in &videos {
                prop_assert!(kept.frames.split(|frame| !frame.flipped).all(|run| run.len() <= 9));
            }
        }
    }

    #[test]
    fn a_fraction_that_cannot_be_reached_is_an_error() {
        let options = DamageOptions::none().with_flips(1.0).with_runs(2, 2);
        let error = mark_flips(&mut [kept(&[false; 7])], options, 1).unwrap_err();
        assert!(
            matches!(
                error,
                Error::FlipsDoNotFit {
                    wanted: 7,
                    placed: 3..=5
                }
            ),
            "{error}"
        );
    }
}
