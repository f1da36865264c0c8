//! The moments of the test videos that a person should look at first.

use oddframe_core::{FrameNumber, ScoreTable, VideoId};

use crate::{Error, EventRecord, RunFolder};

/// How many moments are chosen: as many as a page shows before it has to be searched.
const MOMENTS: usize = 12;
/// Two frames of a video at most so many frames apart are the same moment.
const SAME_MOMENT: usize = 25;

/// A frame that stands out.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The video.
    pub video: VideoId,
    /// The frame.
    pub frame: FrameNumber,
    /// Its score.
    pub score: f64,
    /// The position of the event whose peak it is, in `events.json`; none in a run without events.
    pub event: Option<usize>,
}

/// The moments that a report begins with, the oddest first: the peaks of the most severe events. In a run without
/// calibration, the frames with the highest scores, none close to another one.
///
/// # Errors
/// When `events.json` is damaged.
pub fn top_moments(folder: &RunFolder, scores: &ScoreTable) -> Result<Vec<Moment>, Error> {
    if folder.events_file().exists() {
        Ok(most_severe(&folder.read_events()?, scores))
    } else {
        Ok(highest_scores(scores))
    }
}

fn most_severe(events: &[EventRecord], scores: &ScoreTable) -> Vec<Moment> {
    let mut places: Vec<usize> = (0..events.len()).collect();
    places.sort_by(|a, b| events[*b].severity.total_cmp(&events[*a].severity));
    let moments = places.into_iter().filter_map(|place| {
        let (video, frame) = (VideoId::new(&events[place].video), events[place].peak);
        let scores = scores.video(&video)?;
        let index = scores.numbers().binary_search(&FrameNumber(frame)).ok()?;
        Some(Moment {
            video,
            frame: FrameNumber(frame),
            score: scores.values()[index],
            event: Some(place),
        })
    });
    moments.take(MOMENTS).collect()
}

fn highest_scores(scores: &ScoreTable) -> Vec<Moment> {
    let mut frames: Vec<(usize, usize, f64)> = Vec::with_capacity(scores.len());
    for (place, video) in scores.videos().iter().enumerate() {
        let values = video.values().iter().enumerate();
        frames.extend(values.map(|(index, score)| (place, index, *score)));
    }
    // Stable: of equal scores the first in the order of the videos leads.
    frames.sort_by(|a, b| b.2.total_cmp(&a.2));
    let mut chosen: Vec<(usize, usize, f64)> = Vec::new();
    for (place, index, score) in frames {
        if chosen.len() == MOMENTS {
            break;
        }
        let known = chosen
            .iter()
            .any(|other| other.0 == place && other.1.abs_diff(index) <= SAME_MOMENT);
        if !known {
            chosen.push((place, index, score));
        }
    }
    let moments = chosen.into_iter().map(|(place, index, score)| {
        let video = &scores.videos()[place];
        Moment {
            video: video.id().clone(),
            frame: video.numbers()[index],
            score,
            event: None,
        }
    });
    moments.collect()
}

#[cfg(test)]
mod tests {
    use oddframe_core::{Origin, VideoScores};

    use super::*;

    fn video(name: &str, values: Vec<f64>) -> VideoScores {
        let numbers = (1..=values.len() as u64).map(FrameNumber).collect();
        let origins = vec![Origin::Computed; values.len()];
        VideoScores::from_parts(name.into(), numbers, values, origins).unwrap()
    }

    #[test]
    fn the_peaks_of_the_most_severe_events_are_chosen() {
        let event = |video: &str, peak: u64, severity: f64| EventRecord {
            video: video.to_owned(),
            start: 1,
            end: 9,
            start_seconds: None,
            end_seconds: None,
            peak,
            peak_score: 3.0,
            severity,
            area: None,
            system: None,
            cue: None,
            reason: None,
        };
        let scores = ScoreTable::new(vec![video("a", vec![0.1, 0.2, 0.3])]).unwrap();
        // A frame and a video without a score have no moment.
        let events = [
            event("a", 2, 1.0),
            event("a", 3, 5.0),
            event("a", 7, 9.0),
            event("b", 1, 9.0),
        ];
        let found: Vec<_> = most_severe(&events, &scores)
            .iter()
            .map(|moment| (moment.frame.0, moment.score, moment.event))
            .collect();
        assert_eq!(found, [(3, 0.3, Some(1)), (2, 0.2, Some(0))]);
    }

    #[test]
    fn the_highest_scores_are_chosen_and_neighbours_are_one_moment() {
        let mut first = vec![0.0; 100];
        (first[10], first[12], first[60]) = (0.9, 0.8, 0.7);
        let scores = ScoreTable::new(vec![video("a", first), video("b", vec![0.1, 1.0])]).unwrap();
        let moments = highest_scores(&scores);
        let found: Vec<_> = moments
            .iter()
            .take(3)
            .map(|moment| (moment.video.name(), moment.frame.0, moment.score))
            .collect();
        assert_eq!(found, [("b", 2, 1.0), ("a", 11, 0.9), ("a", 61, 0.7)]);
    }
}
