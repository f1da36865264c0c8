//! Optical flow of a pair of frames with each method, at two sizes, with one and two threads.
//!
//! `benches/peers/cv_flow.py` times OpenCV on the same frames.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
use oddframe_flow::{Dis, DisOptions, EstimateFlow, Farneback, FarnebackOptions, Flow};
use rayon::ThreadPoolBuilder;

const SIZES: [(usize, usize); 2] = [(360, 240), (640, 360)];

/// Waves of several lengths and directions, moved to the right and down.
fn paint_waves(width: usize, height: usize, shift: f64) -> Frame {
    let shape = FrameShape::new(width, height, PixelFormat::Gray).expect("a possible size");
    let pixels = (0..shape.bytes()).map(|i| {
        let (x, y) = ((i % width) as f64 - shift, (i / width) as f64 - shift / 2.0);
        let light = 40.0 * (x / 3.0).sin() * (y / 4.0).cos()
            + 40.0 * (x / 11.0 + y / 7.0).sin()
            + 30.0 * (y / 17.0 - x / 29.0).cos();
        (128.0 + light).round() as u8
    });
    Frame::from_pixels(shape, FrameNumber(0), pixels.collect()).expect("a byte for each pixel")
}

fn methods() -> Vec<(&'static str, Box<dyn EstimateFlow>)> {
    let farneback = FarnebackOptions::default();
    let gaussian = FarnebackOptions {
        gaussian_window: true,
        ..farneback
    };
    let mut methods: Vec<(&'static str, Box<dyn EstimateFlow>)> = Vec::new();
    for (name, options) in [("farneback", farneback), ("farneback gaussian", gaussian)] {
        let method = Farneback::new(options).expect("valid options");
        methods.push((name, Box::new(method)));
    }
    for (name, options) in [
        ("dis ultrafast", DisOptions::ultrafast()),
        ("dis fast", DisOptions::fast()),
        ("dis medium", DisOptions::medium()),
    ] {
        methods.push((name, Box::new(Dis::new(options).expect("valid options"))));
    }
    methods
}

fn flow(c: &mut Criterion) {
    let mut group = c.benchmark_group("flow");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a thread pool");
        for (width, height) in SIZES {
            let previous = paint_waves(width, height, 0.0);
            let next = paint_waves(width, height, 2.5);
            for (name, mut method) in methods() {
                let mut flow = Flow::default();
                let id = BenchmarkId::new(name, format!("{width}x{height}/{threads}"));
                group.bench_function(id, |b| {
                    pool.install(|| {
                        b.iter(|| {
                            method
                                .estimate(&previous, &next, &mut flow)
                                .expect("frames of one shape");
                            black_box(&mut flow);
                        });
                    });
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, flow);
criterion_main!(benches);
