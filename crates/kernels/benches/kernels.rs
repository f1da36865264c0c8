//! Every kernel alone at the sizes of the zoo's models, forward and backward.
//!
//! Of products, Gelem/s are GFLOP/s, a product and its sum being two; what memory limits is counted in bytes, each slice
//! as often as it has to be read or written. `taskset -c 0 cargo bench` times one thread, `ODDFRAME_SIMD` chooses the
//! instruction set, and `-- 'conv/forward'` some of the kernels.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oddframe_kernels::{
    Activation, Adam, BatchNorm, CellState, CellTrace, Conv, ConvLstm, ConvLstmGradients, ConvTranspose,
    Error, Lstm, LstmGradients, LstmWeights, Normalisation, Volumes, Window, Workspace, bias_gradient,
    transpose,
};

/// Numbers in -1 to 1 that differ from place to place.
fn noise(len: usize) -> Vec<f32> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// As many operations as that many products and sums.
fn products(count: usize) -> Throughput {
    Throughput::Elements(2 * count as u64)
}

/// So many slices of `len` values, read or written.
fn slices(count: usize, len: usize) -> Throughput {
    Throughput::Bytes((count * len * size_of::<f32>()) as u64)
}

fn time(
    criterion: &mut Criterion,
    [kernel, operation, sizes]: [&str; 3],
    throughput: Throughput,
    mut work: impl FnMut() -> Result<(), Error>,
) {
    let mut group = criterion.benchmark_group(kernel);
    group.throughput(throughput);
    group.bench_function(BenchmarkId::new(operation, sizes), |b| {
        work().expect("slices that fit");
        b.iter(&mut work);
    });
    group.finish();
}

/// Times a layer of either kind: the two have no type in common.
macro_rules! layer {
    ($criterion:expr, $kind:ident, $name:expr, $input:expr, $outputs:expr, $window:expr) => {{
        let layer = $kind::new($input.expect("a shape"), $outputs, $window).expect("a window that fits");
        let (input, output) = (layer.input(), layer.output());
        let (x, mut y) = (noise(input.len()), noise(output.len()));
        let weights = noise(layer.weights_len());
        let (mut dx, mut dw, mut workspace) = (x.clone(), weights.clone(), Workspace::new());
        let packed = layer.pack(&weights).expect("weights that fit");
        // Every weight meets every position of the smaller side, beyond the border as well.
        let work = products(input.positions().min(output.positions()) * weights.len());
        let sizes = format!("{input} to {}", output.channels());
        time($criterion, [$name, "forward", &sizes], work.clone(), || {
            layer.forward(&x, &packed, None, Activation::Relu, &mut y, &mut workspace)
        });
        // A single image is scored, not learnt from.
        if input.batch() > 1 {
            time($criterion, [$name, "input gradient", &sizes], work.clone(), || {
                layer.input_gradient(&y, &weights, &mut dx, &mut workspace)
            });
            time($criterion, [$name, "weight gradient", &sizes], work, || {
                layer.weight_gradient(&x, &y, &mut dw, &mut workspace)
            });
        }
    }};
}

/// The zoo's encoders and decoders over frames of colour and over cuboids of 16 frames.
fn autoencoders(c: &mut Criterion) {
    let window = Window::square(4, 2, 1);
    let frames: (&[usize], &[usize]) = (&[3, 32, 64, 128, 256, 512], &[1, 8]);
    let cuboids: (&[usize], &[usize]) = (&[16, 64, 128, 256, 512], &[8]);
    for (channels, batches) in [frames, cuboids] {
        for (level, pair) in channels.windows(2).enumerate() {
            for &batch in batches {
                let images = |side: usize, channels| Volumes::images(batch, side, side, channels);
                layer!(c, Conv, "conv k4 s2", images(128 >> level, pair[0]), pair[1], window);
                layer!(c, ConvTranspose, "transposed k4 s2", images(64 >> level, pair[1]), pair[0], window);
            }
        }
    }
}

fn other_windows(c: &mut Criterion) {
    let volume = Window::volume([3; 3]).with_stride([1, 2, 2]).with_padding([1; 3]);
    for (conv, transposed, window) in [
        ("conv k3 s1", "transposed k3 s1", Window::square(3, 1, 1)),
        ("conv k3 s2", "transposed k3 s2", Window::square(3, 2, 1)),
        ("conv k1", "transposed k1", Window::point()),
    ] {
        layer!(c, Conv, conv, Volumes::images(8, 32, 32, 64), 64, window);
        layer!(c, ConvTranspose, transposed, Volumes::images(8, 16, 16, 64), 64, window);
    }
    layer!(c, Conv, "conv 3d", Volumes::new(2, [8, 32, 32], 32), 64, volume);
    layer!(c, ConvTranspose, "transposed 3d", Volumes::new(2, [8, 16, 16], 64), 32, volume);
    layer!(c, Conv, "linear [out, in]", Volumes::rows(320, 4096), 2048, Window::point());
    layer!(c, ConvTranspose, "linear [in, out]", Volumes::rows(320, 4096), 2048, Window::point());
}

/// Small weights: gates that are all 0 or 1 would leave nothing of the gradients.
fn weights(len: usize) -> Vec<f32> {
    noise(len).iter().map(|weight| 0.02 * weight).collect()
}

/// Each call starts from the same state, so that all of them do the same work.
fn reset(states: [&mut Vec<f32>; 2]) {
    for state in states {
        state.fill(0.0);
    }
}

fn lstm(c: &mut Criterion) {
    let (batch, steps, inputs, hidden) = (32, 10, 4096, 512);
    let layer = Lstm::new(batch, steps, inputs, hidden).expect("sizes");
    let (ih, hh) = (weights(4 * hidden * inputs), weights(4 * hidden * hidden));
    let weights = LstmWeights { weight_ih: &ih, weight_hh: &hh, bias_ih: None, bias_hh: None };
    let packed = layer.pack(weights).expect("weights that fit");
    let (x, mut y) = (noise(layer.input_len()), noise(layer.output_len()));
    let (mut trace, mut workspace) = (CellTrace::new(), Workspace::new());
    let (mut h, mut c_state) = (vec![0.0; layer.state_len()], vec![0.0; layer.state_len()]);
    let work = batch * steps * (ih.len() + hh.len());
    let sizes = format!("[{batch}, {steps}, {inputs}] to {hidden}");
    let mut forward = || {
        reset([&mut h, &mut c_state]);
        let state = CellState { h: &mut h, c: &mut c_state };
        layer.forward_training(&x, &packed, state, &mut y, &mut trace, &mut workspace)
    };
    // Also where only the backward step is timed: it reads the trace.
    forward().expect("slices that fit");
    time(c, ["lstm", "forward", &sizes], products(work), forward);
    let (mut dx, mut dih, mut dhh, mut db) = (x.clone(), ih.clone(), hh.clone(), vec![0.0; 4 * hidden]);
    time(c, ["lstm", "backward", &sizes], products(2 * work), || {
        reset([&mut h, &mut c_state]);
        let state = CellState { h: &mut h, c: &mut c_state };
        let gradients = LstmGradients {
            x: Some(&mut dx),
            weight_ih: &mut dih,
            weight_hh: &mut dhh,
            bias: &mut db,
            state,
        };
        layer.backward(&x, weights, &trace, &y, gradients, &mut workspace)
    });
}

fn conv_lstm(c: &mut Criterion) {
    let (batch, steps, hidden) = (4, 8, 64);
    let input = Volumes::images(batch, 8, 8, 256).expect("a shape");
    let layer = ConvLstm::new(input, steps, hidden, 3).expect("sizes");
    let weights = weights(layer.weights_len());
    let packed = layer.pack(&weights, None).expect("weights that fit");
    let (x, mut y) = (noise(layer.input_len()), noise(layer.output_len()));
    let (mut trace, mut workspace) = (CellTrace::new(), Workspace::new());
    let (mut h, mut c_state) = (vec![0.0; layer.state_len()], vec![0.0; layer.state_len()]);
    let work = steps * input.positions() * weights.len();
    let sizes = format!("{steps} steps of {input} to {hidden}");
    let mut forward = || {
        reset([&mut h, &mut c_state]);
        let state = CellState { h: &mut h, c: &mut c_state };
        layer.forward_training(&x, &packed, state, &mut y, &mut trace, &mut workspace)
    };
    // Also where only the backward step is timed: it reads the trace.
    forward().expect("slices that fit");
    time(c, ["conv lstm", "forward", &sizes], products(work), forward);
    let (mut dx, mut dw, mut db) = (x.clone(), weights.clone(), vec![0.0; 4 * hidden]);
    time(c, ["conv lstm", "backward", &sizes], products(2 * work), || {
        reset([&mut h, &mut c_state]);
        let state = CellState { h: &mut h, c: &mut c_state };
        let gradients = ConvLstmGradients { x: Some(&mut dx), weights: &mut dw, bias: &mut db, state };
        layer.backward(&x, &weights, &trace, &y, gradients, &mut workspace)
    });
}

fn batch_norm(c: &mut Criterion) {
    for (positions, channels) in [(8 * 64 * 64, 32), (8 * 8 * 8, 256)] {
        let norm = BatchNorm::new(positions, channels, 1e-5).expect("a shape");
        let norm = norm.with_activation(Activation::LeakyRelu(0.2)).expect("a slope");
        let (x, mut y, gamma, beta) =
            (noise(norm.len()), noise(norm.len()), vec![1.5; channels], vec![0.5; channels]);
        let (mut mean, mut variance) = (vec![0.0; channels], vec![1.0; channels]);
        let sizes = format!("{positions}x{channels}");
        time(c, ["batch norm", "forward", &sizes], slices(3, norm.len()), || {
            norm.forward(&x, &gamma, &beta, &mut y, &mut mean, &mut variance)
        });
        let (mut dx, mut dgamma, mut dbeta) = (x.clone(), gamma.clone(), beta.clone());
        let by = Normalisation { gamma: &gamma, beta: &beta, mean: &mean, variance: &variance };
        time(c, ["batch norm", "backward", &sizes], slices(5, norm.len()), || {
            norm.backward(&x, &y, by, &mut dx, &mut dgamma, &mut dbeta)
        });
    }
}

fn activations(c: &mut Criterion) {
    let len = 1 << 20;
    let (y, dy, mut dx) = (noise(len), noise(len), noise(len));
    let sizes = len.to_string();
    for (name, activation) in [
        ("relu", Activation::Relu),
        ("leaky relu", Activation::LeakyRelu(0.2)),
        ("sigmoid", Activation::Sigmoid),
        ("tanh", Activation::Tanh),
    ] {
        let mut values = noise(len);
        time(c, [name, "forward", &sizes], slices(2, len), || {
            activation.apply(&mut values);
            Ok(())
        });
        time(c, [name, "gradient", &sizes], slices(3, len), || activation.gradient_into(&y, &dy, &mut dx));
    }
}

fn the_rest(c: &mut Criterion) {
    let len = 1_000_000;
    let adam = Adam::new(0.9, 0.999, 1e-8, 0.0).expect("constants");
    let (mut parameters, gradients) = (noise(len), noise(len));
    let (mut moment1, mut moment2) = (vec![0.0; len], vec![0.0; len]);
    time(c, ["adam", "step", &len.to_string()], slices(7, len), || {
        adam.step(1e-4, 100, &mut parameters, &gradients, &mut moment1, &mut moment2)
    });
    for (rows, columns) in [(3, 128 * 128), (256, 8 * 8)] {
        let from = noise(8 * rows * columns);
        let mut to = from.clone();
        time(c, ["transpose", "8 of", &format!("{rows}x{columns}")], slices(2, from.len()), || {
            transpose(&from, &mut to, rows, columns)
        });
    }
    for (positions, channels) in [(8 * 128 * 128, 3), (8 * 16 * 16, 256)] {
        let (dy, mut db) = (noise(positions * channels), vec![0.0; channels]);
        time(c, ["bias", "gradient", &format!("{positions}x{channels}")], slices(1, dy.len()), || {
            bias_gradient(&dy, channels, &mut db)
        });
    }
}

criterion_group!(layers, autoencoders, other_windows);
criterion_group!(cells, lstm, conv_lstm);
criterion_group!(memory, batch_norm, activations, the_rest);
criterion_main!(layers, cells, memory);
