//! Time to decode and resize JPEG files of 640x360 pixels to gray frames of 128x128, on one thread,
//! from memory and from disk.
//!
//! The benchmark writes its files itself, the same ones every time, and removes them at the end.
//! With `ODDFRAME_BENCH_JPEGS` it writes them to that folder and keeps them, so that
//! `benches/peers/opencv_decode.py` can be run on the same files.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::{env, fs};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat, Random};
use oddframe_frames::{Filter, Resizer, decode_into};

const WIDTH: usize = 640;
const HEIGHT: usize = 360;
const SIDE: usize = 128;
const FILES: u64 = 8;

#[cfg(feature = "turbojpeg")]
const DECODER: &str = "libjpeg-turbo";
#[cfg(not(feature = "turbojpeg"))]
const DECODER: &str = "ours";

/// A picture of smooth light, sharp blocks and noise: about 44 kB as a JPEG of quality 90.
fn paint_picture(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let blocks: Vec<[f64; 5]> = (0..60)
        .map(|_| {
            let (x, y) = (random.between(0.0, 600.0), random.between(0.0, 330.0));
            [
                x,
                y,
                x + random.between(8.0, 90.0),
                y + random.between(8.0, 60.0),
                random.between(-70.0, 70.0),
            ]
        })
        .collect();
    let mut pixels = Vec::with_capacity(WIDTH * HEIGHT * 3);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (fx, fy) = (x as f64, y as f64);
            let covering = blocks
                .iter()
                .filter(|b| fx >= b[0] && fy >= b[1] && fx < b[2] && fy < b[3]);
            let block: f64 = covering.map(|b| b[4]).sum();
            let grain = random.between(-5.0, 5.0);
            for phase in [0.0, 0.7, 1.9] {
                let light = 120.0 + 50.0 * (fx / 90.0 + phase).sin() * (fy / 50.0 - phase).cos();
                pixels.push((light + block + grain) as u8);
            }
        }
    }
    pixels
}

/// Writes the files to a folder. Returns their paths and bytes.
fn write_files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    fs::create_dir_all(folder).expect("the folder for the files");
    (0..FILES)
        .map(|seed| {
            let mut file = Vec::new();
            let mut encoder = Encoder::new(&mut file, 90);
            encoder.set_sampling_factor(SamplingFactor::F_2_2);
            encoder
                .encode(
                    &paint_picture(seed),
                    WIDTH as u16,
                    HEIGHT as u16,
                    ColorType::Rgb,
                )
                .expect("a JPEG");
            let path = folder.join(format!("{seed:03}.jpg"));
            fs::write(&path, &file).expect("a file in that folder");
            (path, file)
        })
        .collect()
}

fn bench_decoding(c: &mut Criterion) {
    let made = tempfile::tempdir().expect("a temporary folder");
    let named = env::var_os("ODDFRAME_BENCH_JPEGS").map(PathBuf::from);
    let files = write_files(named.as_deref().unwrap_or(made.path()));
    let mean = files.iter().map(|f| f.1.len()).sum::<usize>() / files.len();
    println!("{FILES} files of {mean} bytes on average");
    let mut turn = files.iter().cycle();
    let shape = FrameShape::new(WIDTH, HEIGHT, PixelFormat::Gray).expect("a shape");
    let (mut whole, mut small) = (Frame::new(shape), Frame::new(shape));

    let mut group = c.benchmark_group("jpeg");
    group.throughput(Throughput::Elements(1));
    for format in [PixelFormat::Gray, PixelFormat::Rgb] {
        let id = BenchmarkId::new(format!("decode {format:?}"), DECODER);
        group.bench_function(id, |b| {
            b.iter(|| {
                decode_into(
                    black_box(&turn.next().expect("a cycle does not end").1),
                    format,
                    FrameNumber(0),
                    &mut whole,
                )
            });
        });
    }
    for filter in [Filter::OpenCv, Filter::Antialiased] {
        let mut resizer = Resizer::new(SIDE, SIDE, filter).expect("a size");
        for format in [PixelFormat::Rgb, PixelFormat::Gray] {
            decode_into(&files[0].1, format, FrameNumber(0), &mut whole).expect("a frame");
            let id = BenchmarkId::new(
                format!("resize {format:?} to {SIDE}"),
                format!("{filter:?}"),
            );
            group.bench_function(id, |b| {
                b.iter(|| resizer.resize_into(black_box(&whole), &mut small));
            });
        }
    }
    let mut resizer = Resizer::new(SIDE, SIDE, Filter::OpenCv).expect("a size");
    group.bench_function(
        BenchmarkId::new(format!("file to Gray {SIDE}"), DECODER),
        |b| {
            b.iter(|| {
                let bytes =
                    fs::read(&turn.next().expect("a cycle does not end").0).expect("a file");
                decode_into(&bytes, PixelFormat::Gray, FrameNumber(0), &mut whole)
                    .expect("a frame");
                resizer.resize_into(&whole, &mut small);
            });
        },
    );
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).warm_up_time(std::time::Duration::from_millis(500))
        .measurement_time(std::time::Duration::from_secs(2)).without_plots();
    targets = bench_decoding
}
criterion_main!(benches);
