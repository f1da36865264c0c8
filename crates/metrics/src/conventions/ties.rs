use std::collections::HashMap;

use oddframe_core::{ScoreTable, VideoId, VideoScores};

use super::labelled::LabelledScores;
use crate::ranking::Ranking;

/// The share of pairs of an abnormal and a normal frame that have equal scores, and the number of distinct scores.
pub(crate) fn tied_pairs(labelled: &LabelledScores<'_>) -> Option<(f64, usize)> {
    let values: Vec<f64> = labelled.table.values().collect();
    let ranking = Ranking::new(&labelled.labels.concat(), &values).ok()?;
    let (mut tied, mut distinct) = (0.0, 0);
    for group in ranking.groups() {
        tied += group.positives as f64 * group.negatives as f64;
        distinct += 1;
    }
    let pairs = ranking.positives() as f64 * ranking.negatives() as f64;
    Some((tied / pairs, distinct))
}

/// The videos of several frames that all have the same score.
pub(crate) fn constant_videos(scores: &ScoreTable) -> Vec<VideoId> {
    let videos = scores.videos().iter();
    videos
        .filter(|video| video.len() > 1 && is_constant(video))
        .map(|video| video.id().clone())
        .collect()
}

/// Pairs of videos with the same scores: each later video with the first one that equals it. Constant videos are left out.
pub(crate) fn equal_videos(scores: &ScoreTable) -> Vec<(VideoId, VideoId)> {
    let mut first: HashMap<Vec<u64>, &VideoId> = HashMap::new();
    let mut pairs = Vec::new();
    for video in scores.videos() {
        if is_constant(video) {
            continue;
        }
        // 0 and -0 are equal scores with different bits.
        let bits = video.values().iter().map(|value| (value + 0.0).to_bits());
        match first.entry(bits.collect()) {
            std::collections::hash_map::Entry::Occupied(earlier) => {
                pairs.push(((*earlier.get()).clone(), video.id().clone()));
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(video.id());
            }
        }
    }
    pairs
}

fn is_constant(video: &VideoScores) -> bool {
    video.values().windows(2).all(|pair| pair[0] == pair[1])
}
