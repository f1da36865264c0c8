//! JPEG files on disk to scores in a CSV file: frames a second, what each stage takes, and memory; one JSON object for
//! each system.
//!
//! `cargo bench -p oddframe-models --bench end_to_end -- [--system conv_ae,cuboid_ae] [--data FOLDER] [--frames N]
//! [--side 128] [--batch N] [--runs N] [--weights FILE] [--scores FILE] [--make FOLDER] [--memory]`
//!
//! `conv_ae` takes RGB frames one by one, a frame's score being its largest squared error; `cuboid_ae` takes 16 gray
//! frames at stride 1, a frame's score being its mean squared error, averaged over the windows that hold it. FOLDER holds
//! the images of one video, or a folder of them for each; without it `--frames` images of 640x360 are made, and `--make`
//! makes them in a folder that stays, for `benches/peers/end_to_end.py`, which does the same in PyTorch and OpenCV.
//! Paths are relative to the crate, where cargo runs benchmarks.
//!
//! The median of the passes counts, behind one that does not. Then each stage runs by itself over the same frames: what
//! they take together is more than the whole where stages overlap. `--memory` scores a video of `--frames` frames, then
//! one of four times as many, and prints the most memory that the process held after each: ask for one system then.
#![allow(missing_docs, unreachable_pub, clippy::default_trait_access, clippy::print_stdout)]

mod arguments;
mod footage;
mod stages;
mod system;

use std::error::Error;
use std::path::Path;

use arguments::{Arguments, Mode};
use footage::Endless;
use oddframe_clips::VideoScorer;
use oddframe_core::{FrameScorer, FrameSource};
use serde_json::{Value, json};
use stages::Stages;
use system::System;

type Failure = Box<dyn Error>;

/// Made for a timing, and for each repetition of a long video.
const FRAMES: usize = 600;
const REPEATED: usize = 32;
/// The shorter video of the memory mode: more frames than are read ahead, so that the longer one has no reason to take
/// more.
const SHORT: usize = 1200;

fn main() -> Result<(), Failure> {
    let mut arguments = Arguments::read()?;
    if let Mode::Make(folder) = &arguments.mode {
        return footage::make(folder, arguments.frames.unwrap_or(FRAMES));
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
        footage::make(&folder, frames)?;
        folder
    };
    for name in &arguments.systems {
        let system = System::new(name, &arguments)?;
        let line = match arguments.mode {
            Mode::Memory => memory(&system, &arguments, &data)?,
            _ => time(&system, &arguments, &data, made.path())?,
        };
        println!("{line}");
    }
    Ok(())
}

fn time(system: &System, arguments: &Arguments, data: &Path, made: &Path) -> Result<Value, Failure> {
    let videos = footage::open(data, system.gray)?;
    let weights = arguments.weights.as_deref();
    let scorer = VideoScorer::new(system.scorer(weights)?, system.options)?;
    let path = arguments.scores.clone().unwrap_or_else(|| made.join("scores.csv"));
    let (table, _) = stages::whole(&scorer, &videos, &path)?;
    let frames = table.len();
    let mut rates = Vec::new();
    for _ in 0..arguments.runs.max(1) {
        let (_, spent) = stages::whole(&scorer, &videos, &path)?;
        rates.push(frames as f64 / spent.as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    // Before the stages, which keep frames.
    let peak = peak_kib()?;
    let mut alone = system.scorer(weights)?;
    let mut stages = Stages::measure(system, &mut *alone, &videos)?;
    stages.write(&table, &path)?;
    let rounded = |rate: f64| (rate * 10.0).round() / 10.0;
    Ok(json!({
        "bench": "end_to_end",
        "engine": concat!("oddframe ", env!("CARGO_PKG_VERSION")),
        "system": system.name,
        "side": arguments.side,
        "batch": system.batch,
        "threads": std::thread::available_parallelism()?,
        "frames": frames,
        "of": videos[0].shape().to_string(),
        "median_frames_per_s": rounded(rates[rates.len() / 2]),
        "best_frames_per_s": rounded(rates[rates.len() - 1]),
        "ms_per_frame": stages.to_json(),
        "peak_kib": peak,
    }))
}

fn memory(system: &System, arguments: &Arguments, data: &Path) -> Result<Value, Failure> {
    let videos = footage::open(data, system.gray)?;
    let scorer = VideoScorer::new(system.scorer(arguments.weights.as_deref())?, system.options)?;
    let short = arguments.frames.unwrap_or(SHORT);
    let lengths = [short, 4 * short];
    let mut peaks = Vec::new();
    for frames in lengths {
        scorer.score(&Endless::new(&videos[0], frames)?)?;
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

/// The most memory that this process ever held.
fn peak_kib() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    Ok(number.ok_or("the system does not tell VmHWM")?.parse()?)
}
