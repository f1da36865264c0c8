//! Time of each pool for images of noise and their reconstructions, and of a plain sum over the
//! same values.

mod common;

use std::hint::black_box;

use common::{Batch, plain_sum};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oddframe_score::{AnyPool, Channels, Distance, Pair, PairPool};

const POOLS: [&str; 7] = [
    "mean",
    "max",
    "topk(patch=16)",
    "topk(patch=16, stride=8, k=5%)",
    "quantile(0.99)",
    "l2",
    "l1",
];

fn bench_pools(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pool");
    for batch in Batch::all() {
        let Batch {
            name,
            channels,
            side,
            input,
            reconstruction,
        } = &batch;
        group.throughput(Throughput::Bytes(batch.bytes()));
        group.bench_function(BenchmarkId::new("plain sum", name), |b| {
            b.iter(|| plain_sum(black_box(input), black_box(reconstruction)));
        });
        for pool in POOLS {
            let parsed: AnyPool = pool.parse().expect("a pool's text");
            group.bench_function(BenchmarkId::new(pool, name), |b| {
                b.iter(|| {
                    let pairs = Pair::batch(
                        black_box(input),
                        black_box(reconstruction),
                        *channels,
                        *side,
                        *side,
                    );
                    for pair in pairs.expect("whole images") {
                        black_box(parsed.pool_pair(pair, Distance::Squared, Channels::Max));
                    }
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench_pools);
criterion_main!(benches);
