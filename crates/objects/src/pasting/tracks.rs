use oddframe_boxes::HeightProfile;
use oddframe_core::Random;

use crate::found::FrameFindings;
use crate::objects::FoundObject;

/// The frames of a track, and of the pseudo-anomaly that is made from it.
pub(crate) const LENGTH: usize = 24;

/// Attempts to follow an object through a video.
const ATTEMPTS: usize = 60;

/// The most tracks of a video that the switch is chosen with.
pub(crate) const MOST_TRACKS: usize = 6;

/// How far an object moves from frame to frame at most, in heights of a person: sideways and up or down.
const SIDEWAYS: f64 = 0.35;
const UPWARDS: f64 = 0.25;

/// An object that stays nearer to where it started does not walk.
const SHORTEST: f64 = 0.5;

/// A training object that was followed through [`LENGTH`] frames.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Track {
    /// Its first frame.
    pub(crate) start: usize,
    /// Centre column and foot row in each frame.
    pub(crate) places: Vec<(f64, f64)>,
}

/// Follows randomly chosen objects of a video, at most so many, by always taking the nearest one in the next frame.
pub(crate) fn find_tracks(
    frames: &[FrameFindings],
    heights: &HeightProfile,
    most: usize,
    random: &mut Random,
) -> Vec<Track> {
    let starts: Vec<usize> = (0..frames.len().saturating_sub(LENGTH))
        .filter(|frame| !frames[*frame].objects.is_empty())
        .collect();
    let mut tracks = Vec::new();
    for _ in 0..ATTEMPTS {
        if starts.is_empty() || tracks.len() == most {
            break;
        }
        // An object that is lost before the end of a track is given up, and another one tried.
        let start = starts[random.below(starts.len() as u64) as usize];
        let objects = &frames[start].objects;
        let object = objects[random.below(objects.len() as u64) as usize];
        let height = heights.height_at(object.foot());
        let mut places = vec![(object.centre(), object.foot())];
        for frame in &frames[start + 1..start + LENGTH] {
            let Some(next) = nearest(&frame.objects, places[places.len() - 1], height) else {
                break;
            };
            places.push(next);
        }
        let (first, last) = (places[0], places[places.len() - 1]);
        let moved = (last.0 - first.0).abs().max((last.1 - first.1).abs());
        if places.len() == LENGTH && moved > SHORTEST * height {
            tracks.push(Track { start, places });
        }
    }
    tracks
}

/// The place of the nearest object within reach of the last place.
fn nearest(objects: &[FoundObject], last: (f64, f64), height: f64) -> Option<(f64, f64)> {
    objects
        .iter()
        .map(|object| (object.centre(), object.foot()))
        .filter(|place| {
            (place.0 - last.0).abs() < SIDEWAYS * height
                && (place.1 - last.1).abs() < UPWARDS * height
        })
        .min_by(|a, b| distance(*a, last).total_cmp(&distance(*b, last)))
}

/// The sum of the distances along both axes.
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).abs() + (a.1 - b.1).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(objects: &[(f64, f64)]) -> FrameFindings {
        FrameFindings {
            objects: objects
                .iter()
                .map(|(centre, foot)| FoundObject {
                    left: centre - 3.0,
                    top: foot - 20.0,
                    width: 6.0,
                    height: 20.0,
                })
                .collect(),
            ..FrameFindings::default()
        }
    }

    #[test]
    fn walkers_are_followed_and_standers_are_not() {
        let walking: Vec<_> = (0..40)
            .map(|i| frame(&[(10.0 + 2.0 * f64::from(i), 50.0), (200.0, 90.0)]))
            .collect();
        let heights = HeightProfile::constant(20.0);
        let tracks = find_tracks(&walking, &heights, MOST_TRACKS, &mut Random::new(1));
        assert_eq!(tracks.len(), MOST_TRACKS);
        for track in &tracks {
            assert_eq!(track.places[0], (10.0 + 2.0 * track.start as f64, 50.0));
            assert_eq!(track.places[LENGTH - 1].0 - track.places[0].0, 46.0);
        }
        let standing: Vec<_> = (0..40).map(|_| frame(&[(30.0, 50.0)])).collect();
        assert!(find_tracks(&standing, &heights, MOST_TRACKS, &mut Random::new(1)).is_empty());
        assert!(find_tracks(&walking[..10], &heights, MOST_TRACKS, &mut Random::new(1)).is_empty());
    }
}
