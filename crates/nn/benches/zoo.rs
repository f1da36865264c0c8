//! The shapes of the zoo: inference, and a whole training step.
//!
//! `cargo bench -p oddframe-nn --bench zoo -- [--threads N] [--shapes ms64,...] [--runs N] [--batch N]
//! [--forward-only] [--train-only] [--memory] [--count]` prints one JSON object for each shape, medians after a
//! warm-up. `--memory` makes two training steps and prints the process's peak memory instead: ask for one shape then.
//! `--count` scores the first shape only, once to warm up and once in [`counted_forward`], for `valgrind
//! --tool=callgrind --collect-atstart=no --toggle-collect='*counted_forward*'` to count instructions: give it
//! `--threads 1`, for it counts no other thread's.
//! `ODDFRAME_KERNELS=burn` runs the same on Burn's own operations.
#![allow(clippy::default_trait_access, clippy::print_stdout, missing_docs)]

use std::error::Error;
use std::time::Instant;

use burn::backend::{Autodiff, Flex};
use burn::module::{AutodiffModule, Module};
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, ElementConversion, Tensor};
use oddframe_nn::{
    Activation, AdamConfig, BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, ConvTranspose2d,
    ConvTranspose2dConfig, Inference, InferenceBuilder, Kernels, Linear, LinearConfig, Lstm,
    LstmConfig, LstmInference, parameter_count,
};
use serde_json::{Value, json};

type Train = Autodiff<Flex>;
type Failure = Box<dyn Error>;

struct Arguments {
    threads: usize,
    shapes: Vec<String>,
    runs: usize,
    batch: Option<usize>,
    forward: bool,
    train: bool,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Time,
    Memory,
    Count,
}

impl Arguments {
    fn read() -> Result<Self, Failure> {
        let all = std::thread::available_parallelism()?.get();
        let shapes = ["ms64", "ms128", "ms256", "st16", "st16bn", "lstm64"]
            .map(String::from)
            .to_vec();
        let mut read = Self {
            threads: all,
            shapes,
            runs: 7,
            batch: None,
            forward: true,
            train: true,
            mode: Mode::Time,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--threads" => read.threads = value()?.parse()?,
                "--shapes" => read.shapes = value()?.split(',').map(String::from).collect(),
                "--runs" => read.runs = value()?.parse()?,
                "--batch" => read.batch = Some(value()?.parse()?),
                "--forward-only" => read.train = false,
                "--train-only" => read.forward = false,
                "--memory" => read.mode = Mode::Memory,
                "--count" => read.mode = Mode::Count,
                // What cargo says to every benchmark.
                "--bench" => {}
                _ => return Err(format!("{word} is no argument of this benchmark").into()),
            }
        }
        if read.mode == Mode::Count {
            read.shapes.truncate(1);
        }
        Ok(read)
    }

    /// Whether the inference form is run.
    fn scores(&self) -> bool {
        self.mode == Mode::Count || (self.mode == Mode::Time && self.forward)
    }
}

/// Convolutions down a list of channels, an optional dense bottleneck, and the mirror.
#[derive(Module, Debug)]
struct ConvAutoencoder<B: Backend> {
    down: Vec<Conv2d<B>>,
    down_norms: Vec<BatchNorm<B>>,
    bottleneck: Option<(Linear<B>, Linear<B>)>,
    up: Vec<ConvTranspose2d<B>>,
    up_norms: Vec<BatchNorm<B>>,
}

struct Shape {
    channels: Vec<usize>,
    latent: Option<usize>,
    norm: bool,
    activation: Activation,
    last: Activation,
    batch: usize,
    side: usize,
}

impl Shape {
    fn of(name: &str) -> Result<Self, Failure> {
        let multi_scale = |side, latent, batch| Self {
            channels: vec![3, 32, 64, 128, 256, 512],
            latent: Some(latent),
            norm: true,
            activation: Activation::LeakyRelu(0.2),
            last: Activation::Tanh,
            batch,
            side,
        };
        let cuboid = |norm| Self {
            channels: vec![16, 64, 128, 256, 512],
            latent: None,
            norm,
            activation: Activation::Relu,
            last: Activation::Sigmoid,
            batch: 16,
            side: 128,
        };
        Ok(match name {
            "ms64" => multi_scale(64, 64, 64),
            "ms128" => multi_scale(128, 128, 32),
            "ms256" => multi_scale(256, 256, 8),
            "st16" => cuboid(false),
            "st16bn" => cuboid(true),
            _ => return Err(format!("{name} is no shape of this benchmark").into()),
        })
    }

    /// Side of the narrowest images.
    fn narrow(&self) -> usize {
        self.side >> (self.channels.len() - 1)
    }

    fn model<B: Kernels>(&self, device: &B::Device) -> Result<ConvAutoencoder<B>, Failure> {
        let inner = if self.norm {
            Activation::Identity
        } else {
            self.activation
        };
        let norms = |channels: &[usize]| -> Result<Vec<BatchNorm<B>>, oddframe_nn::Error> {
            let channels = channels.iter().filter(|_| self.norm);
            let norm = |&size| {
                BatchNormConfig::new(size)
                    .with_activation(self.activation)
                    .init(device)
            };
            channels.map(norm).collect()
        };
        let mut back = self.channels.clone();
        back.reverse();
        let down = self.channels.windows(2).map(|ends| {
            let config = Conv2dConfig::new([ends[0], ends[1]], [4, 4])
                .with_stride([2, 2])
                .with_padding([1, 1]);
            config.with_activation(inner).init(device)
        });
        let up = back.windows(2).enumerate().map(|(at, ends)| {
            let activation = if at + 2 == back.len() {
                self.last
            } else {
                inner
            };
            let config = ConvTranspose2dConfig::new([ends[0], ends[1]], [4, 4]);
            config
                .with_stride([2, 2])
                .with_padding([1, 1])
                .with_activation(activation)
                .init(device)
        });
        let flat = back[0] * self.narrow() * self.narrow();
        let bottleneck = match self.latent {
            Some(latent) => Some((
                LinearConfig::new(flat, latent).init(device)?,
                LinearConfig::new(latent, flat).init(device)?,
            )),
            None => None,
        };
        Ok(ConvAutoencoder {
            down: down.collect::<Result<_, _>>()?,
            down_norms: norms(&self.channels[1..])?,
            bottleneck,
            up: up.collect::<Result<_, _>>()?,
            up_norms: norms(&back[1..back.len() - 1])?,
        })
    }
}

impl<B: Kernels> ConvAutoencoder<B> {
    fn forward(&self, mut x: Tensor<B, 4>) -> Tensor<B, 4> {
        for (at, layer) in self.down.iter().enumerate() {
            x = layer.forward(x);
            if let Some(norm) = self.down_norms.get(at) {
                x = norm.forward(x);
            }
        }
        if let Some((narrow, wide)) = &self.bottleneck {
            let shape = x.dims();
            x = wide
                .forward(narrow.forward(x.flatten::<2>(1, 3)))
                .reshape(shape);
        }
        for (at, layer) in self.up.iter().enumerate() {
            x = layer.forward(x);
            if let Some(norm) = self.up_norms.get(at) {
                x = norm.forward(x);
            }
        }
        x
    }

    fn to_inference(
        &self,
        shape: &Shape,
        device: &B::Device,
    ) -> Result<Inference<B>, oddframe_nn::Error> {
        let mut chain = InferenceBuilder::new(&[shape.channels[0], shape.side, shape.side]);
        for (at, layer) in self.down.iter().enumerate() {
            chain = chain.conv2d(layer)?;
            if let Some(norm) = self.down_norms.get(at) {
                chain = chain.batch_norm(norm)?;
            }
        }
        if let Some((narrow, wide)) = &self.bottleneck {
            let item = [
                shape.channels[shape.channels.len() - 1],
                shape.narrow(),
                shape.narrow(),
            ];
            chain = chain
                .flatten()
                .linear(narrow)?
                .linear(wide)?
                .unflatten(&item)?;
        }
        for (at, layer) in self.up.iter().enumerate() {
            chain = chain.conv_transpose2d(layer)?;
            if let Some(norm) = self.up_norms.get(at) {
                chain = chain.batch_norm(norm)?;
            }
        }
        chain.build(device)
    }
}

/// An LSTM that reads a sequence, one that writes it again, and a linear layer on top.
#[derive(Module, Debug)]
struct LstmAutoencoder<B: Backend> {
    encoder: Lstm<B>,
    decoder: Lstm<B>,
    out: Linear<B>,
}

const PIXELS: usize = 4096;
const HIDDEN: usize = 512;
const STEPS: usize = 10;

impl<B: Kernels> LstmAutoencoder<B> {
    fn new(device: &B::Device) -> Result<Self, Failure> {
        Ok(Self {
            encoder: LstmConfig::new(PIXELS, HIDDEN).init(device)?,
            decoder: LstmConfig::new(HIDDEN, HIDDEN).init(device)?,
            out: LinearConfig::new(HIDDEN, PIXELS).init(device)?,
        })
    }

    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let steps = x.dims()[1];
        let (_, state) = self.encoder.forward(x, None);
        let (y, _) = self.decoder.forward_repeated(state.hidden, steps, None);
        self.out.forward(y)
    }

    fn to_inference(
        &self,
        device: &B::Device,
    ) -> Result<LstmAutoencoderInference<B>, oddframe_nn::Error> {
        Ok(LstmAutoencoderInference {
            encoder: LstmInference::new(&self.encoder, device)?,
            decoder: LstmInference::new(&self.decoder, device)?,
            out: InferenceBuilder::new(&[HIDDEN])
                .linear(&self.out)?
                .build(device)?,
            rows: Vec::new(),
        })
    }
}

struct LstmAutoencoderInference<B: Kernels> {
    encoder: LstmInference<B>,
    decoder: LstmInference<B>,
    out: Inference<B>,
    /// The hidden states of all steps.
    rows: Vec<f32>,
}

impl<B: Kernels> LstmAutoencoderInference<B> {
    fn run(&mut self, x: &[f32], batch: usize, y: &mut [f32]) -> Result<(), oddframe_nn::Error> {
        self.rows.resize(batch * STEPS * HIDDEN, 0.0);
        self.encoder.run(x, batch, STEPS, &mut self.rows)?;
        self.decoder
            .run_repeated(self.encoder.last_hidden(), batch, STEPS, &mut self.rows)?;
        self.out.run(&self.rows, batch * STEPS, y)
    }
}

/// Where callgrind counts; its name stays in the table of symbols.
#[inline(never)]
fn counted_forward(score: &mut dyn FnMut() -> Result<f32, Failure>) -> Result<f32, Failure> {
    score()
}

/// The median of the runs after a warm-up, in milliseconds.
fn median_ms(runs: usize, mut step: impl FnMut() -> Result<f32, Failure>) -> Result<f64, Failure> {
    step()?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        std::hint::black_box(step()?);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// A training step as a closure: squared error against the input, Adam with 2e-4.
fn trainer<M, const D: usize>(
    model: M,
    forward: impl Fn(&M, Tensor<Train, D>) -> Tensor<Train, D>,
    x: Tensor<Train, D>,
) -> Result<impl FnMut() -> Result<f32, Failure>, Failure>
where
    M: AutodiffModule<Train>,
{
    let mut optimizer = AdamConfig::new().init::<Train, M>()?;
    let mut model = Some(model);
    Ok(move || {
        let now = model
            .take()
            .ok_or("the model was lost in an earlier step")?;
        let loss = (forward(&now, x.clone()) - x.clone()).square().mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &now);
        model = Some(optimizer.step(2e-4, now, gradients));
        Ok(loss.into_scalar().elem())
    })
}

/// The run of an inference form over the values of `x` as a closure; its output is as long as `x`.
fn scorer<R, const D: usize>(
    arguments: &Arguments,
    x: &Tensor<Train, D>,
    mut run: R,
) -> Result<impl FnMut() -> Result<f32, Failure> + use<R, D>, Failure>
where
    R: FnMut(&[f32], &mut [f32]) -> Result<(), Failure>,
{
    let (mut input, mut output) = (Vec::new(), Vec::new());
    if arguments.scores() {
        input = x
            .to_data()
            .to_vec::<f32>()
            .map_err(|error| format!("{error:?}"))?;
        output = vec![0.0; input.len()];
    }
    Ok(move || {
        run(&input, &mut output)?;
        Ok(sum(&output))
    })
}

/// The sum of the output is read back, as the peer does it; in lanes, so that it does not dominate.
fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0; 16];
    for chunk in values.chunks(lanes.len()) {
        lanes
            .iter_mut()
            .zip(chunk)
            .for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().sum()
}

struct Times {
    parameters: usize,
    batch: usize,
    forward: Option<f64>,
    train: Option<f64>,
    peak: Option<u64>,
}

/// Measures what the arguments ask for.
fn measure<M, const D: usize>(
    arguments: &Arguments,
    model: M,
    x: Tensor<Train, D>,
    mut score: impl FnMut() -> Result<f32, Failure>,
    forward: impl Fn(&M, Tensor<Train, D>) -> Tensor<Train, D>,
) -> Result<Times, Failure>
where
    M: AutodiffModule<Train>,
{
    let (parameters, batch) = (parameter_count(&model), x.dims()[0]);
    let mut times = Times {
        parameters,
        batch,
        forward: None,
        train: None,
        peak: None,
    };
    if arguments.mode == Mode::Count {
        score()?;
        std::hint::black_box(counted_forward(&mut score)?);
        return Ok(times);
    }
    if arguments.mode == Mode::Memory {
        let mut step = trainer(model, forward, x)?;
        step()?;
        // The second step has the optimizer's moments from the start.
        step()?;
        times.peak = Some(peak_kib()?);
        return Ok(times);
    }
    if arguments.forward {
        times.forward = Some(median_ms(arguments.runs, &mut score)?);
    }
    if arguments.train {
        times.train = Some(median_ms(arguments.runs, trainer(model, forward, x)?)?);
    }
    Ok(times)
}

/// The most memory that this process ever held.
fn peak_kib() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    Ok(number.ok_or("the system does not tell VmHWM")?.parse()?)
}

fn run(name: &str, arguments: &Arguments) -> Result<Value, Failure> {
    let device = Default::default();
    let times = if name == "lstm64" {
        let batch = arguments.batch.unwrap_or(32);
        let x = Tensor::<Train, 3>::random([batch, STEPS, PIXELS], Distribution::Default, &device);
        let model = LstmAutoencoder::<Train>::new(&device)?;
        let mut inference = None;
        if arguments.scores() {
            inference = Some(model.valid().to_inference(&device)?);
        }
        let run = |x: &[f32], y: &mut [f32]| {
            Ok(inference
                .as_mut()
                .ok_or("there is no inference form")?
                .run(x, batch, y)?)
        };
        let score = scorer(arguments, &x, run)?;
        measure(arguments, model, x, score, LstmAutoencoder::forward)?
    } else {
        let shape = Shape::of(name)?;
        let batch = arguments.batch.unwrap_or(shape.batch);
        let size = [batch, shape.channels[0], shape.side, shape.side];
        let x = Tensor::<Train, 4>::random(size, Distribution::Default, &device);
        let model = shape.model::<Train>(&device)?;
        let mut inference = None;
        if arguments.scores() {
            inference = Some(model.valid().to_inference(&shape, &device)?);
        }
        let run = |x: &[f32], y: &mut [f32]| {
            Ok(inference
                .as_mut()
                .ok_or("there is no inference form")?
                .run(x, batch, y)?)
        };
        let score = scorer(arguments, &x, run)?;
        measure(arguments, model, x, score, ConvAutoencoder::forward)?
    };
    if arguments.mode == Mode::Count {
        return Ok(json!({"shape": name, "batch": times.batch}));
    }
    let rounded = |ms: f64| (ms * 100.0).round() / 100.0;
    let rate = |ms: f64| (times.batch as f64 / ms * 1e4).round() / 10.0;
    let kernels = if std::env::var_os("ODDFRAME_KERNELS").is_some_and(|value| value == "burn") {
        "burn"
    } else {
        "own"
    };
    let mut line = json!({
        "engine": format!("oddframe {} ({kernels} kernels)", env!("CARGO_PKG_VERSION")),
        "device": "flex",
        "threads": arguments.threads,
        "shape": name,
        "batch": times.batch,
        "parameters": times.parameters,
    });
    let numbers = [
        ("forward_ms", times.forward.map(|ms| json!(rounded(ms)))),
        ("train_ms", times.train.map(|ms| json!(rounded(ms)))),
        (
            "forward_items_per_s",
            times.forward.map(|ms| json!(rate(ms))),
        ),
        ("train_items_per_s", times.train.map(|ms| json!(rate(ms)))),
        ("peak_kib", times.peak.map(|kib| json!(kib))),
    ];
    for (key, number) in numbers {
        if let Some(number) = number {
            line[key] = number;
        }
    }
    Ok(line)
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::read()?;
    oddframe_kernels::set_threads(arguments.threads);
    rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads)
        .build_global()?;
    for name in &arguments.shapes {
        println!("{}", run(name, &arguments)?);
    }
    Ok(())
}
