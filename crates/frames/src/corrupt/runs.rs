use oddframe_core::Random;

use super::DamageOptions;
use super::plan::{Kept, Purpose};
use crate::Error;

/// Random places tried for a run before all places are looked through.
const TRIES: usize = 32;

/// Turns runs of frames upside down, no two of them touching, until the share of flipped frames is met exactly.
pub(super) fn mark_flips(videos: &mut [Kept], options: DamageOptions, seed: u64) -> Result<(), Error> {
    let (least, most) = options.run_frames;
    let frames: usize = videos.iter().map(|kept| kept.frames.len()).sum();
    let wanted = (options.flip_share * frames as f64).round() as usize;
    let mut random = Random::stream(seed, &[Purpose::Flips as u64]);
    let mut placed = 0;
    while placed < wanted {
        let drawn = least.saturating_add(random.below((most - least) as u64 + 1) as usize);
        let mut run = drawn.min(wanted - placed);
        let (video, first) = loop {
            match place(videos, frames, run, &mut random) {
                Some(place) => break place,
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

/// Where a run of this length fits without touching another: the video, and the position in it.
fn place(videos: &[Kept], frames: usize, run: usize, random: &mut Random) -> Option<(usize, usize)> {
    for _ in 0..TRIES {
        // A frame drawn from all of them: a video is as likely as it is long.
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
    let all: Vec<_> = videos.iter().enumerate().flat_map(|(video, kept)| starts(kept, run, video)).collect();
    all.get(random.below(all.len() as u64) as usize).copied()
}

fn fits(kept: &Kept, first: usize, run: usize) -> bool {
    let before = first.saturating_sub(1);
    let behind = (first + run + 1).min(kept.frames.len());
    first + run <= kept.frames.len() && kept.frames[before..behind].iter().all(|frame| !frame.flipped)
}

/// Every place of one video where a run fits.
fn starts(kept: &Kept, run: usize, video: usize) -> Vec<(usize, usize)> {
    let len = kept.frames.len();
    // free[i]: unflipped frames from i on, counted from the back so that this takes one pass.
    let mut free = vec![0; len + 1];
    for i in (0..len).rev() {
        free[i] = if kept.frames[i].flipped { 0 } else { free[i + 1] + 1 };
    }
    let clear_before = |first: usize| first == 0 || !kept.frames[first - 1].flipped;
    let clear_from = |first: usize| free[first] >= (run + 1).min(len - first);
    let fit = |first: &usize| first + run <= len && clear_before(*first) && clear_from(*first);
    (0..len).filter(fit).map(|first| (video, first)).collect()
}

#[cfg(test)]
mod tests {
    use oddframe_core::FrameNumber;
    use proptest::prelude::*;

    use super::super::plan::FrameDamage;
    use super::*;

    fn kept(flipped: &[bool]) -> Kept {
        let frame = |(index, flipped): (usize, &bool)| FrameDamage {
            index,
            number: FrameNumber(index as u64),
            noisy: false,
            flipped: *flipped,
        };
        Kept { key: 1, frames: flipped.iter().enumerate().map(frame).collect() }
    }

    proptest! {
        #[test]
        fn all_places_are_those_that_fit(
            flipped in proptest::collection::vec(any::<bool>(), 1..20),
            run in 1_usize..6,
        ) {
            let kept = kept(&flipped);
            let one_by_one = (0..flipped.len()).filter(|first| fits(&kept, *first, run)).map(|first| (3, first));
            prop_assert_eq!(starts(&kept, run, 3), one_by_one.collect::<Vec<_>>());
        }

        #[test]
        fn runs_never_touch_and_meet_their_share(
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
            // Runs that touched would show as one longer run.
            for kept in &videos {
                prop_assert!(kept.frames.split(|frame| !frame.flipped).all(|run| run.len() <= 9));
            }
        }
    }

    #[test]
    fn a_share_that_cannot_be_met_is_an_error() {
        let options = DamageOptions::none().with_flips(1.0).with_runs(2, 2);
        let error = mark_flips(&mut [kept(&[false; 7])], options, 1).unwrap_err();
        assert!(matches!(error, Error::FlipsDoNotFit { wanted: 7, placed: 3..=5 }), "{error}");
    }
}
