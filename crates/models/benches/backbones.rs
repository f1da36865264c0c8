//! The forward step of every backbone, from bytes to all feature maps.
//!
//! `cargo bench -p oddframe-models --bench backbones -- '/resnet18/'` measures one; `ODDFRAME_DEVICE` names the device
//! (`cuda` with `--features cuda`). The last part of each id is the batch. `taskset -c 0` measures one thread.
//! `benches/peers/torch_backbones.py` measures the same in PyTorch.

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use oddframe_core::Random;
use oddframe_memory::ExtractFeatures;
use oddframe_models::{Backbone, BackboneFeatures, BackboneKind, BackboneLayer, WeightsSource};
use oddframe_nn::{DeviceName, Kernels, OnBackend};

/// Bytes of an image of 224x224 RGB pixels.
const IMAGE: usize = 224 * 224 * 3;

struct Benches;

impl OnBackend for Benches {
    type Output = ();

    fn on<B: Kernels>(self, device: B::Device) {
        let mut criterion = Criterion::default().configure_from_args();
        for kind in BackboneKind::ALL {
            for batch in [1, 8] {
                extract::<B>(&mut criterion, kind, batch, &device);
            }
        }
        criterion.final_summary();
    }
}

fn extract<B: Kernels>(
    criterion: &mut Criterion,
    kind: BackboneKind,
    batch: usize,
    device: &B::Device,
) {
    let mut group = criterion.benchmark_group("backbone");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(batch as u64));
    // Built by the first sample, because a filter may skip this benchmark.
    let mut made: Option<(BackboneFeatures<B>, Vec<u8>)> = None;
    let mut maps = vec![Vec::new(); BackboneLayer::ALL.len()];
    group.bench_function(BenchmarkId::new(kind.name(), batch), |bencher| {
        let (features, images) = made.get_or_insert_with(|| {
            let source = WeightsSource::Random { seed: 0 };
            let backbone = Backbone::open(kind, Some(&source)).expect("random weights");
            let mut random = Random::new(7);
            let images = (0..batch * IMAGE).map(|_| random.below(256) as u8);
            let features = backbone.into_features(&BackboneLayer::ALL, device);
            (features.expect("layers that exist"), images.collect())
        });
        bencher.iter(|| features.extract(images, &mut maps).expect("whole images"));
    });
    group.finish();
}

fn main() {
    let name = std::env::var("ODDFRAME_DEVICE").unwrap_or_else(|_| "flex".into());
    let device: DeviceName = name.parse().expect("a device's name");
    device.run(Benches).expect("a device that answers");
}
