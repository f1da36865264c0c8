//! RAFT-Large: pairs of frames of 240x360, 12 updates, in batches of 1 and 8, on one thread and on two.
//!
//! `cargo bench -p oddframe-models --bench raft -- '/1 pairs/'` measures single pairs. The weights are random: they take the
//! time of trained ones. `benches/peers/torch_raft.py` measures torchvision's network on the same frames.

#![allow(clippy::default_trait_access)]

use burn::backend::Flex;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use oddframe_core::Random;
use oddframe_kernels::set_threads;
use oddframe_models::{Raft, RaftOptions, WeightsSource};

/// Height and width of the frames.
const SIZE: [usize; 2] = [240, 360];

/// Random bytes for a batch of frames.
fn frames(pairs: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..pairs * SIZE[0] * SIZE[1] * 3)
        .map(|_| random.between(0.0, 256.0) as u8)
        .collect()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for threads in [1, 2] {
        set_threads(threads);
        for pairs in [1, 8] {
            let mut group = criterion.benchmark_group(format!("raft/{threads} threads"));
            group.sample_size(10).sampling_mode(SamplingMode::Flat);
            group.throughput(Throughput::Elements(pairs as u64));
            // Opened by the first sample, because a filter may skip this benchmark.
            let mut network = None;
            let (previous, next) = (frames(pairs, 1), frames(pairs, 2));
            let mut flow = vec![0.0; pairs * 2 * SIZE[0] * SIZE[1]];
            let id = BenchmarkId::from_parameter(format!("{pairs} pairs"));
            group.bench_function(id, |bencher| {
                let network = network.get_or_insert_with(|| {
                    let weights = WeightsSource::Random { seed: 0 };
                    Raft::<Flex>::open(Some(&weights), RaftOptions::default(), &Default::default())
                        .expect("random weights need no file")
                });
                bencher.iter(|| {
                    let done = network.run(pairs, SIZE, &previous, &next, &mut flow);
                    done.expect("frames of its size");
                });
            });
            group.finish();
        }
    }
    criterion.final_summary();
}
