//! Coreset selection and nearest neighbours at the sizes of VideoPatchCore.
//!
//! `benches/peers/memory.py` times the same work in PyTorch, faiss and NumPy. `ODDFRAME_BENCH_PEAK=NAME` runs one step once,
//! without Criterion, and prints the peak memory of the process before and after it.
//!
//! Selections are timed on two kinds of features. Of *noise*, all distances are nearly equal, and no row can be skipped: the
//! worst case. *Clusters* are a few hundred centres with noise around them, closer to features of video.

use criterion::{BenchmarkId, Criterion, Throughput};
use oddframe_core::{FrameNumber, Random, Silent, VideoId};
use oddframe_memory::{
    Bank, BankOptions, CoresetOptions, Features, Neighbour, RowOrigin, Storage, select_coreset,
};

const CLUSTERS: usize = 300;

/// A sum of four uniform numbers: close to normal, with the variance 1/3.
fn draw(random: &mut Random) -> f32 {
    (0..4).map(|_| random.unit() as f32 - 0.5).sum()
}

fn noise(rows: usize, dimensions: usize) -> Features {
    let mut random = Random::new(1);
    let values = (0..rows * dimensions).map(|_| draw(&mut random)).collect();
    Features::from_vec(dimensions, values).expect("noise is finite")
}

fn clusters(rows: usize, dimensions: usize) -> Features {
    let centres = noise(CLUSTERS, dimensions);
    let mut random = Random::new(2);
    let mut values = Vec::with_capacity(rows * dimensions);
    for _ in 0..rows {
        let centre = centres.row(random.below(CLUSTERS as u64) as usize);
        values.extend(centre.iter().map(|value| value + 0.4 * draw(&mut random)));
    }
    Features::from_vec(dimensions, values).expect("clusters are finite")
}

/// A bank of all these rows.
fn bank_of(features: &Features, storage: Storage) -> Bank {
    let video = VideoId::new("1");
    let origins: Vec<RowOrigin> = (0..features.len() as u64)
        .map(|row| RowOrigin::of_frame(&video, FrameNumber(row)))
        .collect();
    let options = BankOptions {
        size: features.len(),
        storage,
        ..BankOptions::default()
    };
    Bank::build(features, &origins, "noise", &options, &mut Silent).expect("the bank must fit")
}

fn select(features: &Features, size: usize) -> f32 {
    let coreset = select_coreset(features, &CoresetOptions::of_size(size), &mut Silent)
        .expect("the selection must fit");
    *coreset.radii.last().expect("rows were selected")
}

fn search(bank: &Bank, queries: &[f32], neighbours: &mut Vec<Neighbour>) {
    bank.nearest(queries, neighbours)
        .expect("queries are finite");
}

/// The selections: name, rows, dimensions, selected rows.
const SELECTIONS: [(&str, usize, usize, usize); 2] = [
    ("3000 of 100000x32", 100_000, 32, 3_000),
    ("1000 of 9130x1536", 9_130, 1_536, 1_000),
];

/// The searches: queries, rows of the bank, dimensions.
const SEARCHES: [(usize, usize, usize); 5] = [
    (50_000, 3_000, 1_536),
    (784, 3_000, 1_536),
    (1, 3_000, 1_536),
    (50_000, 3_000, 32),
    (49, 3_000, 32),
];

fn time_selections(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("coreset");
    for (name, rows, dimensions, size) in SELECTIONS {
        for (kind, features) in [
            ("noise", noise(rows, dimensions)),
            ("clusters", clusters(rows, dimensions)),
        ] {
            group.bench_function(BenchmarkId::new(name, kind), |b| {
                b.iter(|| select(&features, size));
            });
        }
    }
    group.finish();
}

fn time_searches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("nearest");
    for (queries, rows, dimensions) in SEARCHES {
        group.throughput(Throughput::Elements(
            (2 * queries * rows * dimensions) as u64,
        ));
        for storage in [Storage::F32, Storage::F16] {
            let bank = bank_of(&noise(rows, dimensions), storage);
            let features = clusters(queries, dimensions);
            let mut neighbours = Vec::new();
            let id = BenchmarkId::new(
                format!("{storage:?}"),
                format!("{queries} in {rows}x{dimensions}"),
            );
            group.bench_function(id, |b| {
                b.iter(|| search(&bank, features.values(), &mut neighbours));
            });
        }
    }
    group.finish();
}

/// Runs one step and prints the peak memory before and after.
fn measure_peak(step: &str) {
    let mut neighbours = Vec::new();
    let (before, after) = match step {
        "nearest" => {
            let (queries, rows, dimensions) = SEARCHES[0];
            let bank = bank_of(&noise(rows, dimensions), Storage::F32);
            let features = clusters(queries, dimensions);
            let before = peak_kib();
            search(&bank, features.values(), &mut neighbours);
            (before, peak_kib())
        }
        name => {
            let Some((_, rows, dimensions, size)) = SELECTIONS.into_iter().find(|s| s.0 == name)
            else {
                panic!("no step is called {name}");
            };
            let features = noise(rows, dimensions);
            let before = peak_kib();
            select(&features, size);
            (before, peak_kib())
        }
    };
    println!(
        "{{\"step\": \"{step}\", \"peak_kib_before\": {before}, \"peak_kib_after\": {after}}}"
    );
}

/// The largest resident memory of this process so far, where Linux says it; 0 elsewhere.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

fn main() {
    if let Ok(step) = std::env::var("ODDFRAME_BENCH_PEAK") {
        return measure_peak(&step);
    }
    let mut criterion = Criterion::default().configure_from_args();
    time_selections(&mut criterion);
    time_searches(&mut criterion);
    criterion.final_summary();
}
