//! Convolutions directly and by minimal filtering, at the sizes of the networks in `oddframe-models` and of pretrained
//! backbones.
//!
//! Gelem/s are the GFLOP/s of the direct convolution for every method. `-- '14, 14, 256'` selects a size, `taskset -c 0`
//! measures one thread. The methods that `Conv` takes by itself follow from it.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oddframe_kernels::{
    Activation, Conv, ConvMethod, Error, Volumes, Window, WinogradTile, Workspace,
};

/// Side of the images, input channels and output channels of convolutions of 3 by 3.
const SQUARES: [[usize; 3]; 7] = [
    [112, 32, 32],
    [112, 32, 64],
    [56, 64, 64],
    [56, 128, 128],
    [28, 128, 128],
    [14, 256, 256],
    [7, 512, 512],
];
/// Side, input channels and output channels of convolutions of 4 by 4 and of 3 by 3 with stride 2. The transposed ones turn
/// each shape around.
const HALVES: [[usize; 3]; 6] = [
    [64, 32, 64],
    [64, 64, 128],
    [32, 64, 128],
    [32, 128, 256],
    [16, 128, 256],
    [16, 256, 512],
];

/// Planes, side, input channels and output channels of volumes that are halved along each axis. The transposed ones turn
/// each shape around.
const VOLUMES: [[usize; 4]; 3] = [[8, 64, 32, 64], [4, 32, 64, 128], [2, 16, 128, 256]];

const METHODS: [ConvMethod; 4] = [
    ConvMethod::Direct,
    ConvMethod::Winograd(WinogradTile::Two),
    ConvMethod::Winograd(WinogradTile::Three),
    ConvMethod::Winograd(WinogradTile::Four),
];

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

fn time_methods(criterion: &mut Criterion, name: &str, layer: &Conv) -> Result<(), Error> {
    let (input, output) = (layer.input(), layer.output());
    let weights = noise(layer.weights_len());
    let (x, mut y) = (noise(input.len()), vec![0.0; output.len()]);
    let (dy, mut dx) = (noise(output.len()), vec![0.0; input.len()]);
    let mut dw = vec![0.0; weights.len()];
    let mut workspace = Workspace::new();
    let sizes = format!("{input} to {}", output.channels());
    let products = input.positions().min(output.positions()) * weights.len();
    let relu = Activation::Relu;
    for method in METHODS {
        let Ok(layer) = layer.with_method(method) else {
            continue;
        };
        let mut group = criterion.benchmark_group(format!("{name}, {sizes}"));
        group.throughput(Throughput::Elements(2 * products as u64));
        let packed = layer.pack(&weights)?;
        group.bench_function(BenchmarkId::new("forward", format!("{method:?}")), |b| {
            b.iter(|| layer.forward(&x, &packed, None, relu, &mut y, &mut workspace));
        });
        // A batch of one image stands for inference, which needs no gradients.
        if input.batch() == 1 {
            continue;
        }
        let id = BenchmarkId::new("input gradient", format!("{method:?}"));
        group.bench_function(id, |b| {
            b.iter(|| layer.input_gradient(&dy, &weights, &mut dx, &mut workspace));
        });
        let id = BenchmarkId::new("weight gradient", format!("{method:?}"));
        group.bench_function(id, |b| {
            b.iter(|| layer.weight_gradient(&x, &dy, &mut dw, &mut workspace));
        });
    }
    Ok(())
}

fn time_shape(
    criterion: &mut Criterion,
    name: &str,
    window: Window,
    batch: usize,
    [side, inputs, outputs]: [usize; 3],
) {
    time_volumes(criterion, name, window, batch, [1, side, inputs, outputs]);
}

fn time_volumes(
    criterion: &mut Criterion,
    name: &str,
    window: Window,
    batch: usize,
    [depth, side, inputs, outputs]: [usize; 4],
) {
    let input = Volumes::new(batch, [depth, side, side], inputs).expect("the shape must be valid");
    let layer = Conv::new(input, outputs, window).expect("the window must fit");
    time_methods(criterion, name, &layer).expect("slices must fit");
}

fn squares(criterion: &mut Criterion) {
    for batch in [1, 8] {
        for shape in SQUARES {
            time_shape(
                criterion,
                "conv k3 s1",
                Window::square(3, 1, 1),
                batch,
                shape,
            );
        }
    }
}

fn halves(criterion: &mut Criterion) {
    for (kernel, window) in [
        ("k4", Window::square(4, 2, 1)),
        ("k3", Window::square(3, 2, 1)),
    ] {
        let double = Window {
            // What a kernel of 3 leaves out at the end of a doubled side.
            output_padding: [0, 4 - window.kernel[1], 4 - window.kernel[2]],
            ..window.with_transposed(true)
        };
        let [down, up] = ["conv", "transposed"].map(|layer| format!("{layer} {kernel} s2"));
        for batch in [1, 16] {
            for [side, inputs, outputs] in HALVES {
                time_shape(criterion, &down, window, batch, [side, inputs, outputs]);
                time_shape(criterion, &up, double, batch, [side / 2, outputs, inputs]);
            }
        }
    }
}

fn halved_volumes(criterion: &mut Criterion) {
    for (kernel, down) in [(3, "conv k3x3x3 s2"), (4, "conv k4x4x4 s2")] {
        let window = Window::volume([kernel; 3])
            .with_stride([2; 3])
            .with_padding([1; 3]);
        for batch in [1, 4] {
            for [depth, side, inputs, outputs] in VOLUMES {
                time_volumes(
                    criterion,
                    down,
                    window,
                    batch,
                    [depth, side, inputs, outputs],
                );
                if kernel == 4 {
                    let shape = [depth / 2, side / 2, outputs, inputs];
                    let double = window.with_transposed(true);
                    time_volumes(criterion, "transposed k4x4x4 s2", double, batch, shape);
                }
            }
        }
    }
}

criterion_group!(benches, squares, halves, halved_volumes);
criterion_main!(benches);
