//! The moments of the test videos that a person should look at first.

use oddframe_core::{FrameNumber, ScoreTable, VideoId};

use crate::{Error, RunFolder};

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
}

/// The moments that a report begins with, the oddest first: the frames with the highest scores, none close to another one.
///
/// # Errors
/// When a file of the folder is damaged.
pub fn top_moments(_folder: &RunFolder, scores: &ScoreTable) -> Result<Vec<Moment>, Error> {
    Ok(highest_scores(scores))
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
