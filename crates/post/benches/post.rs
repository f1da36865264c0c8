//! Steps over the 21 videos of a competition's test set, and over 21 videos of hours.
//!
//! `benches/peers/scipy_post.py` times the same with scipy and numpy.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oddframe_core::{FrameNumber, Origin, PostStep, Random, ScoreTable, VideoScores};
use oddframe_post::Step;

const VIDEOS: usize = 21;
const SIZES: [usize; 2] = [11_706, 10_000_000];
const SEED: u64 = 7;

/// Uniform random scores, the frames spread evenly over the videos.
fn table(frames: usize) -> ScoreTable {
    let mut random = Random::new(SEED);
    let video = |place: usize| {
        let len = frames * (place + 1) / VIDEOS - frames * place / VIDEOS;
        VideoScores::from_parts(
            place.to_string().as_str().into(),
            (0..len as u64).map(FrameNumber).collect(),
            (0..len).map(|_| random.unit()).collect(),
            vec![Origin::Computed; len],
        )
        .expect("finite scores")
    };
    ScoreTable::new((0..VIDEOS).map(video).collect()).expect("unique names")
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("post");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5));
    for frames in SIZES {
        let scores = table(frames);
        group.throughput(Throughput::Elements(frames as u64));
        for text in [
            "gaussian(sigma=3) per video",
            "minmax over all",
            "rank over all",
        ] {
            let step: Step = text.parse().expect("a step");
            group.bench_with_input(BenchmarkId::new(text, frames), &scores, |b, scores| {
                b.iter_batched_ref(
                    || scores.clone(),
                    |scores| black_box(step.apply(scores).expect("finite scores")),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
