//! Every kernel by itself, forward and backward, at the sizes of the networks in `oddframe-models`.
//!
//! For products, Gelem/s are GFLOP/s: a multiplication and an addition count as two operations. For kernels that memory
//! limits, bytes are reported, counting each slice as often as it must be read or written. `taskset -c 0 cargo bench`
//! measures one thread, `ODDFRAME_SIMD` selects the instruction set, and `-- 'conv/forward'` selects kernels.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oddframe_kernels::{
    Activation, Adam, BatchNorm, CellState, CellTrace, Conv, ConvLstm, ConvLstmGradients, Error,
    Lstm, LstmGradients, Normalisation, RecurrentWeights, Volumes, Window, Workspace,
    bias_gradient, transpose,
};

/// Deterministic noise between -1 and 1.
fn noise(len: usize) -> Vec<f32> {
    let mut state = 7_u64;
    (0..len)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
        })
        .collect()
}

/// The work of so many multiplications and additions.
fn count_products(count: usize) -> Throughput {
    Throughput::Elements(2 * count as u64)
}

/// The work of reading or writing so many slices of `len` values.
fn count_slices(count: usize, len: usize) -> Throughput {
    Throughput::Bytes((count * len * size_of::<f32>()) as u64)
}

fn time_kernel(
    criterion: &mut Criterion,
    [kernel, operation, sizes]: [&str; 3],
    throughput: Throughput,
    mut work: impl FnMut() -> Result<(), Error>,
) {
    let mut group = criterion.benchmark_group(kernel);
    group.throughput(throughput);
    group.bench_function(BenchmarkId::new(operation, sizes), |b| {
        work().expect("slices must fit");
        b.iter(&mut work);
    });
    group.finish();
}

/// Times the three operations of a convolution.
fn time_conv(
    criterion: &mut Criterion,
    name: &str,
    input: Result<Volumes, Error>,
    outputs: usize,
    window: Window,
) {
    let layer = Conv::new(input.expect("the shape must be valid"), outputs, window)
        .expect("the window must fit");
    let (input, output) = (layer.input(), layer.output());
    let (x, mut y) = (noise(input.len()), noise(output.len()));
    let weights = noise(layer.weights_len());
    let (mut dx, mut dw, mut workspace) = (x.clone(), weights.clone(), Workspace::new());
    let packed = layer.pack(&weights).expect("the weights must fit");
    // Every weight meets every position of the smaller grid; taps in the padding are counted as well.
    let work = count_products(input.positions().min(output.positions()) * weights.len());
    let sizes = format!("{input} to {}", output.channels());
    time_kernel(criterion, [name, "forward", &sizes], work.clone(), || {
        layer.forward(&x, &packed, None, Activation::Relu, &mut y, &mut workspace)
    });
    // A batch of one image stands for inference, which needs no gradients.
    if input.batch() > 1 {
        time_kernel(
            criterion,
            [name, "input gradient", &sizes],
            work.clone(),
            || layer.input_gradient(&y, &weights, &mut dx, &mut workspace),
        );
        time_kernel(criterion, [name, "weight gradient", &sizes], work, || {
            layer.weight_gradient(&x, &y, &mut dw, &mut workspace)
        });
    }
}

/// The encoders and decoders of the autoencoders, over color frames and over cuboids of 16 frames.
fn autoencoders(c: &mut Criterion) {
    let window = Window::square(4, 2, 1);
    let frames: (&[usize], &[usize]) = (&[3, 32, 64, 128, 256, 512], &[1, 8]);
    let cuboids: (&[usize], &[usize]) = (&[16, 64, 128, 256, 512], &[8]);
    for (channels, batches) in [frames, cuboids] {
        for (level, pair) in channels.windows(2).enumerate() {
            for &batch in batches {
                let (side, half) = (128 >> level, 64 >> level);
                time_conv(
                    c,
                    "conv k4 s2",
                    Volumes::images(batch, side, side, pair[0]),
                    pair[1],
                    window,
                );
                time_conv(
                    c,
                    "transposed k4 s2",
                    Volumes::images(batch, half, half, pair[1]),
                    pair[0],
                    window.with_transposed(true),
                );
            }
        }
    }
}

fn other_windows(c: &mut Criterion) {
    let volume = Window::volume([3; 3])
        .with_stride([1, 2, 2])
        .with_padding([1; 3]);
    for (conv, transposed, window) in [
        ("conv k3 s1", "transposed k3 s1", Window::square(3, 1, 1)),
        ("conv k3 s2", "transposed k3 s2", Window::square(3, 2, 1)),
        ("conv k1", "transposed k1", Window::point()),
    ] {
        time_conv(c, conv, Volumes::images(8, 32, 32, 64), 64, window);
        time_conv(
            c,
            transposed,
            Volumes::images(8, 16, 16, 64),
            64,
            window.with_transposed(true),
        );
    }
    time_conv(c, "conv 3d", Volumes::new(2, [8, 32, 32], 32), 64, volume);
    time_conv(
        c,
        "transposed 3d",
        Volumes::new(2, [8, 16, 16], 64),
        32,
        volume.with_transposed(true),
    );
    time_conv(
        c,
        "linear [out, in]",
        Volumes::rows(320, 4096),
        2048,
        Window::point(),
    );
    time_conv(
        c,
        "linear [in, out]",
        Volumes::rows(320, 4096),
        2048,
        Window::point().with_transposed(true),
    );
}

/// Small weights: with large ones all gates would be 0 or 1, and all gradients 0.
fn small_weights(len: usize) -> Vec<f32> {
    noise(len).iter().map(|weight| 0.02 * weight).collect()
}

/// Sets the states to zeros: every call starts from the same state, so that all calls do the same work.
fn reset_states(states: [&mut Vec<f32>; 2]) {
    for state in states {
        state.fill(0.0);
    }
}

fn lstm(c: &mut Criterion) {
    let (batch, steps, inputs, hidden) = (32, 10, 4096, 512);
    let layer = Lstm::new(batch, steps, inputs, hidden).expect("the sizes must be valid");
    let (ih, hh) = (
        small_weights(4 * hidden * inputs),
        small_weights(4 * hidden * hidden),
    );
    let weights = RecurrentWeights {
        weight_ih: &ih,
        weight_hh: &hh,
        bias_ih: None,
        bias_hh: None,
    };
    let packed = layer.pack(weights).expect("the weights must fit");
    let (x, mut y) = (noise(layer.input_len()), noise(layer.output_len()));
    let (mut trace, mut workspace) = (CellTrace::new(), Workspace::new());
    let (mut h, mut c_state) = (vec![0.0; layer.state_len()], vec![0.0; layer.state_len()]);
    let work = batch * steps * (ih.len() + hh.len());
    let sizes = format!("[{batch}, {steps}, {inputs}] to {hidden}");
    // Needed even if only the backward pass is measured: it reads the trace.
    let state = CellState {
        h: &mut h,
        c: &mut c_state,
    };
    layer
        .forward_training(&x, &packed, state, &mut y, &mut trace, &mut workspace)
        .expect("slices must fit");
    time_kernel(c, ["lstm", "forward", &sizes], count_products(work), || {
        reset_states([&mut h, &mut c_state]);
        let state = CellState {
            h: &mut h,
            c: &mut c_state,
        };
        layer.forward_training(&x, &packed, state, &mut y, &mut trace, &mut workspace)
    });
    let (mut dx, mut dih, mut dhh, mut db) =
        (x.clone(), ih.clone(), hh.clone(), vec![0.0; 4 * hidden]);
    time_kernel(
        c,
        ["lstm", "backward", &sizes],
        count_products(2 * work),
        || {
            reset_states([&mut h, &mut c_state]);
            let state = CellState {
                h: &mut h,
                c: &mut c_state,
            };
            let gradients = LstmGradients {
                x: Some(&mut dx),
                weight_ih: &mut dih,
                weight_hh: &mut dhh,
                bias: &mut db,
                state,
            };
            layer.backward(&x, weights, &trace, &y, gradients, &mut workspace)
        },
    );
}

fn conv_lstm(c: &mut Criterion) {
    let (batch, steps, hidden) = (4, 8, 64);
    let input = Volumes::images(batch, 8, 8, 256).expect("the shape must be valid");
    let layer = ConvLstm::new(input, steps, hidden, 3).expect("the sizes must be valid");
    let weights = small_weights(layer.weights_len());
    let packed = layer.pack(&weights, None).expect("the weights must fit");
    let (x, mut y) = (noise(layer.input_len()), noise(layer.output_len()));
    let (mut trace, mut workspace) = (CellTrace::new(), Workspace::new());
    let (mut h, mut c_state) = (vec![0.0; layer.state_len()], vec![0.0; layer.state_len()]);
    let work = steps * input.positions() * weights.len();
    let sizes = format!("{steps} steps of {input} to {hidden}");
    // Needed even if only the backward pass is measured: it reads the trace.
    let state = CellState {
        h: &mut h,
        c: &mut c_state,
    };
    layer
        .forward_training(&x, &packed, state, &mut y, &mut trace, &mut workspace)
        .expect("slices must fit");
    time_kernel(
        c,
        ["conv lstm", "forward", &sizes],
        count_products(work),
        || {
            reset_states([&mut h, &mut c_state]);
            let state = CellState {
                h: &mut h,
                c: &mut c_state,
            };
            layer.forward_training(&x, &packed, state, &mut y, &mut trace, &mut workspace)
        },
    );
    let (mut dx, mut dw, mut db) = (x.clone(), weights.clone(), vec![0.0; 4 * hidden]);
    time_kernel(
        c,
        ["conv lstm", "backward", &sizes],
        count_products(2 * work),
        || {
            reset_states([&mut h, &mut c_state]);
            let state = CellState {
                h: &mut h,
                c: &mut c_state,
            };
            let gradients = ConvLstmGradients {
                x: Some(&mut dx),
                weights: &mut dw,
                bias: &mut db,
                state,
            };
            layer.backward(&x, &weights, &trace, &y, gradients, &mut workspace)
        },
    );
}

fn batch_norm(c: &mut Criterion) {
    for (positions, channels) in [(8 * 64 * 64, 32), (8 * 8 * 8, 256)] {
        let norm = BatchNorm::new(positions, channels, 1e-5).expect("the shape must be valid");
        let norm = norm
            .with_activation(Activation::LeakyRelu(0.2))
            .expect("the slope must be valid");
        let (x, mut y, gamma, beta) = (
            noise(norm.len()),
            noise(norm.len()),
            vec![1.5; channels],
            vec![0.5; channels],
        );
        let (mut mean, mut variance) = (vec![0.0; channels], vec![1.0; channels]);
        let sizes = format!("{positions}x{channels}");
        time_kernel(
            c,
            ["batch norm", "forward", &sizes],
            count_slices(3, norm.len()),
            || norm.forward(&x, &gamma, &beta, &mut y, &mut mean, &mut variance),
        );
        let (mut dx, mut dgamma, mut dbeta) = (x.clone(), gamma.clone(), beta.clone());
        let by = Normalisation {
            gamma: &gamma,
            beta: &beta,
            mean: &mean,
            variance: &variance,
        };
        time_kernel(
            c,
            ["batch norm", "backward", &sizes],
            count_slices(5, norm.len()),
            || norm.backward(&x, &y, by, &mut dx, &mut dgamma, &mut dbeta),
        );
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
        time_kernel(c, [name, "forward", &sizes], count_slices(2, len), || {
            activation.apply(&mut values);
            Ok(())
        });
        time_kernel(c, [name, "gradient", &sizes], count_slices(3, len), || {
            activation.gradient_into(&y, &dy, &mut dx)
        });
    }
}

fn optimiser_and_memory(c: &mut Criterion) {
    let len = 1_000_000;
    let adam = Adam::new(0.9, 0.999, 1e-8, 0.0).expect("the constants must be valid");
    let (mut parameters, gradients) = (noise(len), noise(len));
    let (mut moment1, mut moment2) = (vec![0.0; len], vec![0.0; len]);
    time_kernel(
        c,
        ["adam", "step", &len.to_string()],
        count_slices(7, len),
        || {
            adam.step(
                1e-4,
                100,
                &mut parameters,
                &gradients,
                &mut moment1,
                &mut moment2,
            )
        },
    );
    for (rows, columns) in [(3, 128 * 128), (256, 8 * 8)] {
        let from = noise(8 * rows * columns);
        let mut to = from.clone();
        time_kernel(
            c,
            ["transpose", "8 of", &format!("{rows}x{columns}")],
            count_slices(2, from.len()),
            || transpose(&from, &mut to, rows, columns),
        );
    }
    for (positions, channels) in [(8 * 128 * 128, 3), (8 * 16 * 16, 256)] {
        let (dy, mut db) = (noise(positions * channels), vec![0.0; channels]);
        time_kernel(
            c,
            ["bias", "gradient", &format!("{positions}x{channels}")],
            count_slices(1, dy.len()),
            || bias_gradient(&dy, channels, &mut db),
        );
    }
}

criterion_group!(layers, autoencoders, other_windows);
criterion_group!(cells, lstm, conv_lstm);
criterion_group!(memory, batch_norm, activations, optimiser_and_memory);
criterion_main!(layers, cells, memory);
