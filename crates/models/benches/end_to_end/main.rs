//! Measures the way from JPEG files on disk to scores in a CSV file: frames per second, the time of each
//! stage, and memory. Prints one JSON object for each system.
//!
//! `cargo bench -p oddframe-models --bench end_to_end -- [--system conv_ae,cuboid_ae] [--data FOLDER] [--frames N]
//! [--side 128] [--batch N] [--runs N] [--readers N] [--weights FILE] [--bf16] [--scores FILE] [--make FOLDER] [--memory]`
//!
//! `conv_ae` sees single RGB frames; the score of a frame is its largest squared error. `cuboid_ae` sees 16
//! gray frames with a stride of 1; the score of a frame is its mean squared error, averaged over the windows
//! that contain it. FOLDER holds the images of one video, or one folder of images for each video. Without it,
//! `--frames` images of 640x360 are made in a temporary folder. `--make` makes them in a folder that is kept,
//! for `benches/peers/end_to_end.py`, which does the same in PyTorch and OpenCV. Paths are relative to the
//! crate, where cargo runs benchmarks.
//!
//! With `--bf16` the network keeps its weights in 16 bits.
//!
//! `--readers` limits the threads that read and decode frames while the network runs; without it there is one for each core.
//!
//! The result is the median of `--runs` passes after one warm-up pass. Then each stage runs by itself over
//! the same frames; the sum of the stages is larger than the whole, because stages overlap in a pass.
//! `--memory` scores a video of `--frames` frames and then one four times as long, and prints the peak memory
//! of the process after each: give it one system.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::default_trait_access,
    clippy::print_stdout
)]

mod arguments;
mod footage;
mod stages;
mod system;

use std::error::Error;
use std::path::Path;

use arguments::{Arguments, Mode};
use footage::Endless;
use oddframe_clips::NetworkScorer;
use oddframe_core::{FrameSource, Scorer, Silent};
use oddframe_frames::{FramePass, score_videos};
use serde_json::{Value, json};
use stages::Stages;
use system::System;

type Failure = Box<dyn Error>;

/// The number of frames that are made for a timing.
const FRAMES: usize = 600;
/// The number of frames that a long video repeats.
const REPEATED: usize = 32;
/// The number of frames of the shorter video of the memory mode: more than are read ahead, so that the longer
/// video should need no more memory.
const SHORT: usize = 1200;

fn main() -> Result<(), Failure> {
    let mut arguments = Arguments::parse()?;
    if let Mode::Make(folder) = &arguments.mode {
        return footage::make_images(folder, arguments.frames.unwrap_or(FRAMES));
    }
    if let Some(readers) = arguments.readers {
        oddframe_core::limit_threads(readers);
    }
    if arguments.systems.is_empty() {
        arguments.systems = System::NAMES.map(String::from).to_vec();
    }
    let made = tempfile::tempdir()?;
    let data = if let Some(data) = &arguments.data {
        data.clone()
    } else {
        let frames = match arguments.mode {
            Mode::Memory => REPEATED,
            _ => arguments.frames.unwrap_or(FRAMES),
        };
        let folder = made.path().join("street");
        footage::make_images(&folder, frames)?;
        folder
    };
    for name in &arguments.systems {
        let system = System::new(name, &arguments)?;
        let line = match arguments.mode {
            Mode::Memory => measure_memory(&system, &arguments, &data)?,
            _ => measure_time(&system, &arguments, &data, made.path())?,
        };
        println!("{line}");
    }
    Ok(())
}

fn measure_time(
    system: &System,
    arguments: &Arguments,
    data: &Path,
    made: &Path,
) -> Result<Value, Failure> {
    let videos = footage::open_videos(data, system.gray)?;
    let weights = arguments.weights.as_deref();
    let mut scorers = [new_scorer(system, weights)?];
    let path = arguments
        .scores
        .clone()
        .unwrap_or_else(|| made.join("scores.csv"));
    let (table, _) = stages::score_files(&mut scorers, &videos, &path)?;
    let frames = table.len();
    let mut rates = Vec::new();
    for _ in 0..arguments.runs.max(1) {
        let (_, spent) = stages::score_files(&mut scorers, &videos, &path)?;
        rates.push(frames as f64 / spent.as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    // Read before the stages are measured, because those keep frames in memory.
    let peak = peak_kib()?;
    let mut network = system.build_network(weights)?;
    let mut stages = Stages::measure(system, &mut *network, &videos)?;
    stages.measure_writing(&table, &path)?;
    Ok(json!({
        "bench": "end_to_end",
        "engine": concat!("oddframe ", env!("CARGO_PKG_VERSION")),
        "system": system.name,
        "side": arguments.side,
        "batch": system.batch,
        "threads": std::thread::available_parallelism()?,
        "frames": frames,
        "of": videos[0].shape().to_string(),
        "median_frames_per_s": round_rate(rates[rates.len() / 2]),
        "best_frames_per_s": round_rate(rates[rates.len() - 1]),
        "ms_per_frame": stages.to_json(),
        "peak_kib": peak,
    }))
}

fn measure_memory(system: &System, arguments: &Arguments, data: &Path) -> Result<Value, Failure> {
    let videos = footage::open_videos(data, system.gray)?;
    let mut scorers = [new_scorer(system, arguments.weights.as_deref())?];
    let short = arguments.frames.unwrap_or(SHORT);
    let lengths = [short, 4 * short];
    let mut peaks = Vec::new();
    for frames in lengths {
        let video = Endless::new(&videos[0], frames)?;
        score_videos(&[&video], &mut scorers, FramePass::new(), &mut Silent)?;
        peaks.push(peak_kib()?);
    }
    Ok(json!({
        "bench": "memory",
        "system": system.name,
        "side": arguments.side,
        "batch": system.batch,
        "of": videos[0].shape().to_string(),
        "frames": lengths,
        "peak_kib": peaks,
    }))
}

fn new_scorer(system: &System, weights: Option<&Path>) -> Result<Box<dyn Scorer>, Failure> {
    Ok(Box::new(NetworkScorer::new(
        system.build_network(weights)?,
        system.options,
    )?))
}

/// Frames per second with one digit after the point.
fn round_rate(rate: f64) -> f64 {
    (rate * 10.0).round() / 10.0
}

/// The peak memory of this process so far.
fn peak_kib() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    Ok(number.ok_or("/proc/self/status has no VmHWM")?.parse()?)
}
