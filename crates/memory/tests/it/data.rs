//! Features and origins that tests are made of.

use oddframe_core::{FrameNumber, Random, Rect, VideoId};
use oddframe_memory::{Features, RowOrigin};

/// Rows around some centres, as features of video are; the same for a seed.
pub(crate) fn clustered_features(
    seed: u64,
    rows: usize,
    dimensions: usize,
    clusters: usize,
) -> Features {
    let mut random = Random::new(seed);
    let centres: Vec<f32> = (0..clusters * dimensions)
        .map(|_| random.between(-1.0, 1.0) as f32)
        .collect();
    let mut features = Features::new(dimensions).unwrap();
    for _ in 0..rows {
        let centre = random.below(clusters as u64) as usize * dimensions;
        let row: Vec<f32> = centres[centre..centre + dimensions]
            .iter()
            .map(|value| value + random.between(-0.3, 0.3) as f32)
            .collect();
        features.push(&row).unwrap();
    }
    features
}

/// One origin for each row: of three videos, every second one with a box.
pub(crate) fn origins_of(rows: usize) -> Vec<RowOrigin> {
    let videos = ["Train001", "Train002", "Straße 3"].map(VideoId::new);
    (0..rows)
        .map(|row| {
            let (video, frame) = (&videos[row % 3], FrameNumber(row as u64));
            if row % 2 == 0 {
                RowOrigin::of_frame(video, frame)
            } else {
                let left = row as f64 / 3.0;
                RowOrigin::of_region(
                    video,
                    frame,
                    Rect {
                        left,
                        top: 2.5,
                        right: left + 10.0,
                        bottom: 30.25,
                    },
                )
            }
        })
        .collect()
}

/// The squared distance in f64.
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
        .sum()
}

/// Runs a piece of work on pools of one and of three threads and returns both results.
pub(crate) fn on_one_and_three_threads<T: Send>(work: impl Fn() -> T + Sync) -> [T; 2] {
    [1, 3].map(|threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(&work)
    })
}
