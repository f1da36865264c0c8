//! Convolutions of 3 by 3 with stride 1, directly and by minimal filtering, at the sizes of pretrained backbones.
//!
//! Gelem/s are the GFLOP/s of the direct convolution for every method. `-- '14, 14, 256'` selects a size, `taskset -c 0`
//! measures one thread. `WinogradTile::fastest` is the rule that follows from it.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oddframe_kernels::{
    Activation, Conv, Error, Volumes, Window, WinogradConv, WinogradTile, Workspace,
};

/// Side of the images, input channels and output channels.
const SHAPES: [[usize; 3]; 7] = [
    [112, 32, 32],
    [112, 32, 64],
    [56, 64, 64],
    [56, 128, 128],
    [28, 128, 128],
    [14, 256, 256],
    [7, 512, 512],
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

fn time_methods(criterion: &mut Criterion, input: Volumes, outputs: usize) -> Result<(), Error> {
    let direct = Conv::new(input, outputs, Window::square(3, 1, 1))?;
    let weights = noise(direct.weights_len());
    let (x, mut y) = (noise(input.len()), vec![0.0; direct.output().len()]);
    let mut workspace = Workspace::new();
    let mut group = criterion.benchmark_group(format!("conv k3 s1, {input} to {outputs}"));
    let products = input.positions() * weights.len();
    group.throughput(Throughput::Elements(2 * products as u64));
    let relu = Activation::Relu;
    let packed = direct.pack(&weights)?;
    group.bench_function("direct", |b| {
        b.iter(|| direct.forward(&x, &packed, None, relu, &mut y, &mut workspace));
    });
    for tile in [WinogradTile::Two, WinogradTile::Four] {
        let conv = WinogradConv::new(input, outputs, tile)?;
        let packed = conv.pack(&weights)?;
        group.bench_function(BenchmarkId::new("winograd", format!("{tile:?}")), |b| {
            b.iter(|| conv.forward(&x, &packed, None, relu, &mut y, &mut workspace));
        });
    }
    group.finish();
    Ok(())
}

fn methods(criterion: &mut Criterion) {
    for (batch, [side, inputs, outputs]) in [1, 8]
        .into_iter()
        .flat_map(|batch| SHAPES.map(|shape| (batch, shape)))
    {
        let input = Volumes::images(batch, side, side, inputs).expect("the shape must be valid");
        time_methods(criterion, input, outputs).expect("slices must fit");
    }
}

criterion_group!(benches, methods);
criterion_main!(benches);
