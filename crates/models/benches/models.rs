//! Every network of the zoo at its documented sizes: scoring a batch, and a whole training step.
//!
//! `cargo bench -p oddframe-models --bench models -- '/unet/'` measures one network; `ODDFRAME_DEVICE` names
//! the device (`cuda` with `--features cuda`). Scoring runs the inference form and pools the mean error of
//! each frame. The training step computes the loss, its gradients and an update of Adam. The batch, which is
//! the last part of each benchmark's id, is smaller than the documented one where a step would take seconds.
//! `benches/peers/torch_zoo.py` measures the same in PyTorch.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::Backend;
use burn::tensor::{ElementConversion, Tensor, TensorData};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use oddframe_clips::{ClipScorer, Measure};
use oddframe_core::{ClipShape, Random};
use oddframe_models::{
    Conv3dAeConfig, ConvAeConfig, ConvLstmPredictorConfig, CuboidAeConfig, DenoisingAeConfig,
    LstmAeConfig, Model, ModelConfig, Network, UnetConfig,
};
use oddframe_nn::{
    Adam, AdamConfig, ClipLoss, DeviceName, Kernels, OnBackend, Reconstruct, init_seeded,
    select_predicted_frames,
};
use oddframe_score::Mean;

/// A network, the shape of its clips, and the batch size.
#[derive(Clone)]
struct Entry {
    name: &'static str,
    config: ModelConfig,
    clip: ClipShape,
    batch: usize,
}

impl Entry {
    fn new(name: &'static str, config: impl Into<ModelConfig>, batch: usize) -> Self {
        let config = config.into();
        Self {
            name,
            clip: config.default_clip(),
            config,
            batch,
        }
    }

    /// The autoencoder of square images, whose bottleneck has as many values as the images have columns.
    fn conv_ae(name: &'static str, side: usize, batch: usize) -> Self {
        let config = ConvAeConfig {
            latent: side,
            ..ConvAeConfig::default()
        };
        let clip = ClipShape {
            height: side,
            width: side,
            ..config.default_clip()
        };
        Self {
            clip,
            ..Self::new(name, config, batch)
        }
    }

    fn of_differences(batch: usize) -> Self {
        let config = ConvAeConfig::of_differences();
        let clip = ClipShape {
            channels: 1,
            ..config.default_clip()
        };
        Self {
            clip,
            ..Self::new("conv_ae of differences", config, batch)
        }
    }

    fn with_batch(&self, batch: usize) -> Self {
        Self {
            batch,
            ..self.clone()
        }
    }

    fn id(&self) -> BenchmarkId {
        BenchmarkId::new(self.name, self.batch)
    }

    fn values(&self) -> Vec<f32> {
        let mut random = Random::new(7);
        let count = self.batch * self.clip.frames * self.clip.frame_values();
        (0..count)
            .map(|_| random.between(0.0, 1.0) as f32)
            .collect()
    }

    fn network<B: Backend>(&self, device: &B::Device) -> Model<B> {
        init_seeded(0, || self.config.init(self.clip, device)).expect("clips that fit")
    }
}

fn zoo() -> [Entry; 11] {
    [
        Entry::conv_ae("conv_ae 64", 64, 64),
        Entry::conv_ae("conv_ae 128", 128, 32),
        Entry::conv_ae("conv_ae 256", 256, 8),
        Entry::of_differences(32),
        Entry::new("unet", UnetConfig::default(), 4),
        Entry::new("conv3d_ae", Conv3dAeConfig::default(), 4),
        Entry::new("conv_lstm", ConvLstmPredictorConfig::default(), 4),
        Entry::new("cuboid_ae", CuboidAeConfig::default(), 16),
        Entry::new("cuboid_ae plain", CuboidAeConfig::plain(), 16),
        Entry::new("denoising_ae", DenoisingAeConfig::default(), 16),
        Entry::new("lstm_ae", LstmAeConfig::default(), 16),
    ]
}

/// A network in training, with its inputs and targets.
struct Learner<B: Kernels> {
    network: Option<Model<Autodiff<B>>>,
    optimizer: OptimizerAdaptor<Adam, Model<Autodiff<B>>, Autodiff<B>>,
    seen: Tensor<Autodiff<B>, 5>,
    wanted: Tensor<Autodiff<B>, 5>,
}

impl<B: Kernels> Learner<B> {
    fn new(entry: &Entry, device: &B::Device) -> Self {
        let ClipShape {
            frames,
            channels,
            height,
            width,
        } = entry.clip;
        let network = entry.network::<Autodiff<B>>(device);
        let shape = [entry.batch, frames, channels, height, width];
        let seen = Tensor::from_data(TensorData::new(entry.values(), shape), device);
        let wanted = select_predicted_frames(seen.clone(), network.predicted_frames(frames));
        let optimizer = AdamConfig::new().init().expect("PyTorch's defaults");
        Self {
            network: Some(network),
            optimizer,
            seen,
            wanted,
        }
    }

    fn step(&mut self, device: &B::Device) -> f32 {
        let network = self.network.take().expect("the network of the step before");
        let loss = network.loss(self.seen.clone(), self.wanted.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        self.network = Some(self.optimizer.step(2e-4, network, gradients));
        B::sync(device).expect("a device that answers");
        loss.into_scalar().elem()
    }
}

struct Benches;

impl OnBackend for Benches {
    type Output = ();

    fn on<B: Kernels>(self, device: B::Device) {
        let mut criterion = Criterion::default().configure_from_args();
        for entry in zoo() {
            // One clip alone is what a camera gives: its time goes into reading the weights.
            for entry in [&entry, &entry.with_batch(1)] {
                score::<B>(&mut criterion, entry, &device);
                score_bf16::<B>(&mut criterion, entry, &device);
            }
            score_int8::<B>(&mut criterion, &entry, &device);
            train::<B>(&mut criterion, &entry, &device);
        }
        criterion.final_summary();
    }
}

fn score<B: Kernels>(criterion: &mut Criterion, entry: &Entry, device: &B::Device) {
    bench_scoring(criterion, "score", entry, || {
        let network = entry.network::<Autodiff<B>>(device).valid();
        network.to_inference().expect("weights that can be read")
    });
}

/// The same with weights in 16 bits.
fn score_bf16<B: Kernels>(criterion: &mut Criterion, entry: &Entry, device: &B::Device) {
    bench_scoring(criterion, "score bf16", entry, || {
        let network = entry.network::<Autodiff<B>>(device).valid();
        network.to_bf16_inference().expect("a device with kernels")
    });
}

/// The same in 8-bit integers, for the networks that have such a form.
fn score_int8<B: Kernels>(criterion: &mut Criterion, entry: &Entry, device: &B::Device) {
    if matches!(entry.config.kind(), "lstm_ae" | "gru_predictor") {
        return;
    }
    bench_scoring(criterion, "score int8", entry, || {
        let network = entry.network::<Autodiff<B>>(device).valid();
        let recording = network.to_recording_inference().expect("readable weights");
        let (mut scorer, record) = recording.expect("a network with convolutions");
        let mut predictions = vec![0.0; entry.values().len()];
        let frames = scorer.predicted_frames().len() * entry.batch;
        predictions.truncate(frames * entry.clip.frame_values());
        scorer
            .reconstruct(&entry.values(), entry.batch, &mut predictions)
            .expect("clips of its shape");
        network
            .to_int8_inference(&record.ranges())
            .expect("its own ranges")
    });
}

fn bench_scoring(
    criterion: &mut Criterion,
    name: &str,
    entry: &Entry,
    make: impl Fn() -> Box<dyn ClipScorer>,
) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(entry.batch as u64));
    // Built by the first sample, because a filter may skip this benchmark.
    let mut made: Option<(Box<dyn ClipScorer>, Vec<f32>)> = None;
    let (mut versions, mut scores) = (Vec::new(), Vec::new());
    group.bench_function(entry.id(), |bencher| {
        let (scorer, clips) = made.get_or_insert_with(|| (make(), entry.values()));
        scores.resize(entry.batch * scorer.predicted_frames().len(), 0.0);
        bencher.iter(|| {
            let scored = scorer.score(
                clips,
                entry.batch,
                &[Measure::new(Mean)],
                &mut versions,
                &mut scores,
            );
            scored.expect("clips of its shape");
        });
    });
    group.finish();
}

fn train<B: Kernels>(criterion: &mut Criterion, entry: &Entry, device: &B::Device) {
    let mut group = criterion.benchmark_group("train");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(entry.batch as u64));
    let mut made = None;
    group.bench_function(entry.id(), |bencher| {
        let learner = made.get_or_insert_with(|| {
            let mut learner = Learner::<B>::new(entry, device);
            // The first step allocates the optimiser's moments.
            learner.step(device);
            learner
        });
        bencher.iter(|| learner.step(device));
    });
    group.finish();
}

fn main() {
    let name = std::env::var("ODDFRAME_DEVICE").unwrap_or_else(|_| "flex".into());
    let device: DeviceName = name.parse().expect("a device's name");
    device.run(Benches).expect("a device that answers");
}
