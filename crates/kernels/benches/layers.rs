//! Every layer of the zoo's convolutional autoencoders alone: milliseconds and GFLOP/s of the forward step, the
//! gradient of the input and that of the weights.
//!
//! cargo bench -p oddframe-kernels --bench layers -- [ms64|ms128|ms256|st16] [--simd avx2] [--batch N] [--threads N]
use std::hint::black_box;
use std::time::Instant;

use oddframe_kernels::{Activation, Conv, ConvTranspose, Simd, Volumes, Window, Workspace, set_threads};

fn median_ms(mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

macro_rules! layer {
    ($kind:ident, $name:expr, $input:expr, $outputs:expr, $window:expr, $simd:expr) => {{
        let layer = $kind::new($input, $outputs, $window).unwrap().with_simd($simd).unwrap();
        let (input, output) = (layer.input(), layer.output());
        let x: Vec<f32> = (0..input.len()).map(|i| (i % 17) as f32 - 8.0).collect();
        let weights: Vec<f32> = (0..layer.weights_len()).map(|i| (i % 13) as f32 - 6.0).collect();
        let (mut y, mut dx, mut dw) = (vec![0.0; output.len()], x.clone(), weights.clone());
        let mut w = Workspace::new();
        let packed = layer.pack(&weights).unwrap();
        let small =
            if input.positions() < output.positions() { input.positions() } else { output.positions() };
        let flop = 2.0 * small as f64 * layer.weights_len() as f64;
        let pack = median_ms(|| drop(black_box(layer.pack(&weights))));
        let forward =
            median_ms(|| layer.forward(&x, &packed, None, Activation::Relu, &mut y, &mut w).unwrap());
        let input_gradient = median_ms(|| layer.input_gradient(&y, &weights, &mut dx, &mut w).unwrap());
        let weight_gradient = median_ms(|| layer.weight_gradient(&x, &y, &mut dw, &mut w).unwrap());
        let speed = |ms: f64| format!("{ms:7.2} ms {:4.0}", flop / ms / 1e6);
        println!(
            "{:26} forward {}  dx {}  dw {}  pack {pack:.2} ms",
            format!("{} {} -> {}", $name, input, output.channels()),
            speed(forward),
            speed(input_gradient),
            speed(weight_gradient)
        );
        [forward, input_gradient, weight_gradient, pack]
    }};
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|at| args.get(at + 1)).cloned();
    let simd = match value("--simd").as_deref() {
        Some("avx2") => Simd::Avx2,
        Some("portable") => Simd::Portable,
        _ => Simd::detect(),
    };
    if let Some(threads) = value("--threads") {
        set_threads(threads.parse().unwrap());
    }
    let rgb: &[usize] = &[3, 32, 64, 128, 256, 512];
    let cuboid: &[usize] = &[16, 64, 128, 256, 512];
    for (name, side, batch, channels) in
        [("ms64", 64, 64, rgb), ("ms128", 128, 32, rgb), ("ms256", 256, 8, rgb), ("st16", 128, 16, cuboid)]
    {
        if args.iter().any(|a| a.starts_with("ms") || a.starts_with("st")) && !args.iter().any(|a| a == name)
        {
            continue;
        }
        let batch = value("--batch").map_or(batch, |b| b.parse().unwrap());
        let mut total = [0.0; 4];
        let mut add = |times: [f64; 4]| total.iter_mut().zip(times).for_each(|(t, n)| *t += n);
        let mut side = side;
        let square = Window::square(4, 2, 1);
        for pair in channels.windows(2) {
            add(layer!(
                Conv,
                name,
                Volumes::images(batch, side, side, pair[0]).unwrap(),
                pair[1],
                square,
                simd
            ));
            side /= 2;
        }
        for pair in channels.windows(2).rev() {
            add(layer!(
                ConvTranspose,
                name,
                Volumes::images(batch, side, side, pair[1]).unwrap(),
                pair[0],
                square,
                simd
            ));
            side *= 2;
        }
        println!(
            "{name}: forward {:.1} ms, dx {:.1}, dw {:.1}, pack {:.1}",
            total[0], total[1], total[2], total[3]
        );
    }
    for (rows, inputs, outputs) in
        [(8, 32768, 256), (8, 256, 32768), (32, 8192, 128), (320, 4096, 2048), (32, 512, 2048)]
    {
        let rows = Volumes::rows(rows, inputs).unwrap();
        layer!(ConvTranspose, "linear [in, out]", rows, outputs, Window::point(), simd);
        layer!(Conv, "linear [out, in]", rows, outputs, Window::point(), simd);
    }
}
