//! ROC AUC and average precision of many scores, and a bootstrap of a data set of usual size.
//!
//! `benches/peers/sklearn_metrics.py` times scikit-learn on the same kind of scores.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use oddframe_core::Random;
use oddframe_metrics::{BootstrapOptions, Metric, average_precision, bootstrap, roc_auc};

/// A quarter abnormal, their scores a little higher.
fn samples(frames: usize, rounded: bool) -> (Vec<bool>, Vec<f64>) {
    let mut random = Random::new(7);
    let sample = |_| {
        let abnormal = random.chance(0.25);
        let score = 0.8 * random.unit() + if abnormal { 0.2 } else { 0.0 };
        (
            abnormal,
            if rounded {
                (score * 1000.0).round() / 1000.0
            } else {
                score
            },
        )
    };
    (0..frames).map(sample).unzip()
}

fn ranking(c: &mut Criterion) {
    let mut group = c.benchmark_group("ranking");
    group.sample_size(10);
    for frames in [1_000_000, 10_000_000] {
        for (kind, rounded) in [("continuous", false), ("rounded", true)] {
            let (labels, scores) = samples(frames, rounded);
            group.bench_function(BenchmarkId::new(format!("roc_auc/{kind}"), frames), |b| {
                b.iter(|| roc_auc(black_box(&labels), black_box(&scores)));
            });
            group.bench_function(
                BenchmarkId::new(format!("average_precision/{kind}"), frames),
                |b| {
                    b.iter(|| average_precision(black_box(&labels), black_box(&scores)));
                },
            );
        }
    }
}

fn intervals(c: &mut Criterion) {
    const FRAMES: usize = 11_706;
    const VIDEOS: usize = 21;
    let (labels, scores) = samples(FRAMES, false);
    let length = FRAMES.div_ceil(VIDEOS);
    let videos: Vec<_> = labels.chunks(length).zip(scores.chunks(length)).collect();
    let mut group = c.benchmark_group("bootstrap 1000");
    group.sample_size(10);
    for (name, metric) in [
        ("roc_auc", Metric::RocAuc),
        ("average_precision", Metric::AveragePrecision),
    ] {
        group.bench_function(BenchmarkId::new(name, FRAMES), |b| {
            b.iter(|| bootstrap(black_box(&videos), metric, BootstrapOptions::default()));
        });
    }
}

criterion_group!(benches, ranking, intervals);
criterion_main!(benches);
