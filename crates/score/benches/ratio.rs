//! The speed of each pool as a fraction of the speed of a plain sum over the same two slices.
//!
//! The rounds of all pools alternate, so that changes in the speed of the machine affect all of
//! them. The benchmark prints the median over the rounds: the time of the sum, and the relative
//! speed of each pool.

mod common;

use std::hint::black_box;
use std::time::Instant;

use common::{Batch, plain_sum};
use oddframe_score::{Channels, Distance, L1, L2, Max, Mean, Pair, PairPool, TopK, TopKPatches};

const ROUNDS: usize = 201;
/// Bytes per round, long enough for the resolution of the clock.
const ROUND_BYTES: u64 = 16 << 20;

fn main() {
    let [side_by_side, overlapping] =
        [16, 8].map(|stride| TopKPatches::new(16, stride, TopK::Count(1)).expect("patches of 16"));
    let cases: [(&str, &dyn PairPool, Distance, Channels); 12] = [
        ("mean", &Mean, Distance::Squared, Channels::Mean),
        (
            "mean of absolute",
            &Mean,
            Distance::Absolute,
            Channels::Mean,
        ),
        (
            "mean of largest channel",
            &Mean,
            Distance::Squared,
            Channels::Max,
        ),
        ("MAX", &Max, Distance::Squared, Channels::Max),
        ("MAX of absolute", &Max, Distance::Absolute, Channels::Max),
        (
            "max of channel mean",
            &Max,
            Distance::Squared,
            Channels::Mean,
        ),
        (
            "topk 16/16",
            &side_by_side,
            Distance::Squared,
            Channels::Mean,
        ),
        (
            "topk 16/16 of largest",
            &side_by_side,
            Distance::Squared,
            Channels::Max,
        ),
        ("topk 16/8", &overlapping, Distance::Squared, Channels::Mean),
        ("l1", &L1, Distance::Absolute, Channels::Sum),
        ("l2", &L2, Distance::Absolute, Channels::Sum),
        ("l2 of largest", &L2, Distance::Squared, Channels::Max),
    ];
    for batch in Batch::all() {
        let repeats = (ROUND_BYTES / batch.bytes()).max(1);
        let mut sums = Vec::new();
        let mut shares = vec![Vec::new(); cases.len()];
        for _ in 0..ROUNDS {
            let sum = measure_seconds(repeats, || {
                black_box(plain_sum(
                    black_box(&batch.input),
                    black_box(&batch.reconstruction),
                ));
            });
            for ((_, pool, distance, channels), shares) in cases.iter().zip(&mut shares) {
                let time =
                    measure_seconds(repeats, || score_batch(&batch, *pool, *distance, *channels));
                shares.push(sum / time);
            }
            sums.push(sum / repeats as f64);
        }
        let sum = median(&mut sums);
        println!(
            "{}: sum {:.2} us, {:.1} GB/s",
            batch.name,
            sum * 1e6,
            batch.bytes() as f64 / sum / 1e9
        );
        for ((name, ..), shares) in cases.iter().zip(&mut shares) {
            println!("    {:.2}  {name}", median(shares));
        }
    }
}

fn score_batch(batch: &Batch, pool: &dyn PairPool, distance: Distance, channels: Channels) {
    let Batch {
        input,
        reconstruction,
        channels: count,
        side,
        ..
    } = batch;
    let pairs = Pair::batch(
        black_box(input),
        black_box(reconstruction),
        *count,
        *side,
        *side,
    )
    .expect("whole images");
    for pair in pairs {
        black_box(pool.pool_pair(pair, distance, channels));
    }
}

fn measure_seconds(repeats: u64, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..repeats {
        work();
    }
    start.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
