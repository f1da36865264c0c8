//! Frames per second from JPEG files to 128x128 gray, and the memory of reading ahead, as JSON
//! lines.
//!
//! `ODDFRAME_BENCH_JPEGS` names a folder of JPEG files; without it the benchmark writes 300 files
//! of 640x360 pixels. `benches/peers/torch_loader.py` reads the same folder with PyTorch's
//! `DataLoader`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use oddframe_core::{Frame, FrameSource, PixelFormat, Random};
use oddframe_frames::{FolderVideo, Frames, Prepare, ReadAhead, read_ahead, read_ahead_all};

const SIDE: usize = 128;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let made = tempfile::tempdir()?;
    let folder = match std::env::var_os("ODDFRAME_BENCH_JPEGS") {
        Some(folder) => PathBuf::from(folder),
        None => write_files(made.path(), 300)?,
    };
    let video = FolderVideo::open(&folder)?;
    // Memory first: the peak is that of the whole process so far.
    measure_memory(&video)?;
    let prepared = Prepare::new(SIDE, SIDE)?.of(video.with_format(PixelFormat::Gray));
    for threads in [0, 1, 2] {
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let frames = if threads == 0 {
                read_one_by_one(&prepared)?
            } else {
                read_ahead_with(&prepared, threads)?
            };
            rates.push(frames as f64 / start.elapsed().as_secs_f64());
        }
        rates.sort_by(f64::total_cmp);
        println!(
            r#"{{"bench": "reader", "what": "jpeg {} to {SIDE}x{SIDE} gray", "threads": {threads}, "frames": {}, "median_frames_per_s": {:.1}, "best_frames_per_s": {:.1}}}"#,
            folder_shape(&folder)?,
            prepared.numbers().len(),
            rates[ROUNDS / 2],
            rates[ROUNDS - 1],
        );
    }
    Ok(())
}

/// Reads each frame on the calling thread.
fn read_one_by_one(source: &dyn FrameSource) -> Result<usize, Box<dyn Error>> {
    let mut frame = Frame::new(source.shape());
    for index in 0..source.numbers().len() {
        source.read_into(index, &mut frame)?;
    }
    Ok(source.numbers().len())
}

/// Reads the frames ahead on other threads.
fn read_ahead_with(source: &dyn FrameSource, threads: usize) -> Result<usize, Box<dyn Error>> {
    Ok(read_ahead(
        source,
        ReadAhead::new().with_threads(threads),
        count_frames,
    )?)
}

fn count_frames(frames: &mut Frames<'_>) -> Result<usize, oddframe_core::Error> {
    let mut count = 0;
    while let Some(frame) = frames.next_frame() {
        frame?;
        count += 1;
    }
    Ok(count)
}

/// Reads RGB frames of at least ten times the memory budget, and prints the peak memory.
fn measure_memory(video: &FolderVideo) -> Result<(), Box<dyn Error>> {
    const BUDGET_BYTES: usize = 16 << 20;
    let rgb = video.clone().with_format(PixelFormat::Rgb);
    let video_bytes = rgb.shape().bytes() * rgb.numbers().len();
    let again = (10 * BUDGET_BYTES).div_ceil(video_bytes);
    let sources: Vec<&dyn FrameSource> = (0..again).map(|_| &rgb as &dyn FrameSource).collect();
    let before = peak_kib();
    let options = ReadAhead::new()
        .with_threads(2)
        .with_budget_bytes(BUDGET_BYTES);
    let frames = read_ahead_all(&sources, options, count_frames)?;
    println!(
        r#"{{"bench": "reader memory", "threads": 2, "frames": {frames}, "bytes_read": {}, "budget_bytes": {BUDGET_BYTES}, "peak_kib_before": {before}, "peak_kib_after": {}}}"#,
        again * video_bytes,
        peak_kib(),
    );
    Ok(())
}

/// The peak memory of this process in KiB; 0 if the operating system does not report it.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn folder_shape(folder: &Path) -> Result<String, Box<dyn Error>> {
    let shape = FolderVideo::open(folder)?.shape();
    Ok(format!("{}x{}", shape.width(), shape.height()))
}

/// Writes JPEG files of a moving pattern with a little noise, about as large as those of a camera.
fn write_files(folder: &Path, frames: u64) -> Result<PathBuf, Box<dyn Error>> {
    let (width, height) = (640_usize, 360_usize);
    for frame in 0..frames {
        let mut random = Random::stream(7, &[frame]);
        let mut pixels = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            for x in 0..width {
                let noise = random.below(9) as usize;
                let block = if (x / 40 + y / 40 + frame as usize / 10).is_multiple_of(2) {
                    60
                } else {
                    0
                };
                pixels.extend(
                    [x / 4 + noise, y / 3 + block + noise, 40 + block + noise].map(|v| v as u8),
                );
            }
        }
        let path = folder.join(format!("frame_{frame:05}.jpg"));
        let encoder = jpeg_encoder::Encoder::new_file(path, 90)?;
        encoder.encode(
            &pixels,
            width as u16,
            height as u16,
            jpeg_encoder::ColorType::Rgb,
        )?;
    }
    Ok(folder.to_path_buf())
}
