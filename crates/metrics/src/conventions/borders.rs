use oddframe_core::{Random, ScoreTable};

/// How the jumps of the scores at the borders between videos compare with those in random orders of the videos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BorderTest {
    /// The sum of the jumps, divided by its mean over random orders.
    pub(crate) ratio: f64,
    /// The share of orders whose jumps are as small as those of the table, the table's own order included.
    pub(crate) share_as_small: f64,
}

/// With fewer videos there are too few orders: chance alone reaches a share of 1%.
const MIN_VIDEOS: usize = 6;
const ORDERS: usize = 999;

/// Tests whether the last score of each video is close to the first one of the next video.
///
/// Smoothing all videos as one series pulls the scores on both sides of a border together. Without it, the order of the
/// videos means nothing, so random orders give the same jumps (a permutation test).
pub(crate) fn test_borders(scores: &ScoreTable) -> Option<BorderTest> {
    let videos = scores.videos();
    if videos.len() < MIN_VIDEOS {
        return None;
    }
    let mut ends: Vec<(f64, f64)> = videos
        .iter()
        .filter_map(|video| Some((*video.values().first()?, *video.values().last()?)))
        .collect();
    let scale = ends
        .iter()
        .flat_map(|(first, last)| [first.abs(), last.abs()])
        .fold(0.0, f64::max);
    if scale == 0.0 {
        return None;
    }
    // Only ratios of jumps count. Within -1..1 the differences of any finite scores stay finite.
    for (first, last) in &mut ends {
        *first /= scale;
        *last /= scale;
    }
    let mut order: Vec<usize> = (0..ends.len()).collect();
    let own = sum_jumps(&ends, &order);
    let mut random = Random::new(0);
    let (mut total, mut as_small) = (0.0, 1_usize);
    for _ in 0..ORDERS {
        random.shuffle(&mut order);
        let other = sum_jumps(&ends, &order);
        total += other;
        as_small += usize::from(other <= own);
    }
    let mean = total / ORDERS as f64;
    (mean > 0.0).then(|| BorderTest {
        ratio: own / mean,
        share_as_small: as_small as f64 / (ORDERS + 1) as f64,
    })
}

/// The jumps from the last score of each video to the first score of the next one.
fn sum_jumps(ends: &[(f64, f64)], order: &[usize]) -> f64 {
    let pairs = order.windows(2);
    pairs
        .map(|pair| (ends[pair[0]].1 - ends[pair[1]].0).abs())
        .sum()
}
