//! Does an LSTM autoencoder detect more when it reads features of frames instead of pixels? Windows of ten frames, each
//! described by a frozen backbone; the score belongs to the last frame.
//!
//! The documented code has `ResNet18` with pretrained weights. Here the weights are random, so that it runs without a
//! download; the recipe names real ones with `weights = "PATH"`.
//!
//! `cargo run --release --example lstm_features -- [--data DIR] [--device flex] [--epochs N]`
//!
//! `lstm_features.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{
    Experiment, Options, Progress, Table, Training, post_process, run_experiment, score_in_one_pass,
};
use oddframe::burn::backend::Autodiff;
use oddframe::clips::{
    ClipSet, DescribeFrame, Examples, FeatureScorer, FeatureStore, FrameStore, Measure,
    ScoreOptions,
};
use oddframe::core::{
    Align, EdgePolicy, Error, Filter, Frame, FrameInput, PixelFormat, Scorer, WindowSpec,
};
use oddframe::memory::ExtractFeatures;
use oddframe::models::{
    Backbone, BackboneFeatures, BackboneKind, BackboneLayer, LstmAeConfig, Network, SequenceOutput,
    WeightsSource,
};
use oddframe::nn::Kernels;
use oddframe::score::Mean;
use oddframe::train::FitOptions;

struct LstmFeatures;

impl Experiment for LstmFeatures {
    const QUESTION: &'static str =
        "Does an LSTM autoencoder detect more when it reads features of frames instead of pixels?";

    fn run<B: Kernels>(options: &Options, device: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());
        eprintln!(
            "note: the weights of the backbone are random, so its features say little about a frame"
        );

        // 1. ResNet18 describes each frame by 512 numbers.
        let input = FrameInput::new(224, 224, PixelFormat::Rgb)?.with_filter(Filter::Antialiased);
        let videos = FrameStore::load(
            &data.train()?,
            &[input],
            FrameStore::BUDGET_BYTES,
            &mut progress,
        )?;
        let mut backbone = PooledFeatures::<B>::open(options.seed, device)?;
        let store = FeatureStore::fill(&videos.sources(input), &mut backbone, &mut progress)?;

        // 2. The autoencoder reads windows of ten vectors. As in the documented code, the states of its decoder are the
        //    reconstruction.
        let windows = WindowSpec::new(10, 1)?.with_align(Align::Last);
        let clips = ClipSet::of_features(&store, windows)?;
        let config = LstmAeConfig {
            hidden: 256,
            output: SequenceOutput::Decoder,
        };
        let network = config.init::<Autodiff<B>>(clips.input_shape(), device)?;
        let fit_options = FitOptions::new(options.epochs(15, 15), 32, 1e-3).with_seed(options.seed);
        let training = Training::new("features", fit_options);
        let network = training.fit::<B, _>(network, &clips, device, &mut progress)?;

        // 3. The first nine frames of a video get the score 0, as in the documented code, or that of the nearest frame.
        let scoring = ScoreOptions::new(input, windows, Measure::new(Mean));
        let mut scorers: Vec<Box<dyn Scorer>> = Vec::new();
        for edge in [EdgePolicy::Constant(0.0), EdgePolicy::Nearest] {
            let backbone = Box::new(PooledFeatures::<B>::open(options.seed, device)?);
            let network = network.to_inference()?;
            scorers.push(Box::new(FeatureScorer::new(
                network,
                backbone,
                scoring.with_edge(edge),
            )?));
        }
        let scored = score_in_one_pass(&data.test()?, scorers, &mut progress)?;

        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("first frames 0", "-", &post_process("minmax", &scored[0])?)?;
        table.add_row("nearest score", "-", &post_process("minmax", &scored[1])?)?;
        table.add_row(
            "nearest score, rolling mean of 7",
            "-",
            &post_process("rolling(7) per video | minmax", &scored[1])?,
        )?;
        table.print()?;
        options.write_output(&post_process("minmax", &scored[0])?)
    }
}

/// `ResNet18` up to its pooled features.
struct PooledFeatures<B: Kernels> {
    network: BackboneFeatures<B>,
    features: [Vec<f32>; 1],
}

impl<B: Kernels> PooledFeatures<B> {
    fn open(seed: u64, device: &B::Device) -> Result<Self> {
        let weights = WeightsSource::Random { seed };
        let backbone = Backbone::open(BackboneKind::ResNet18, Some(&weights))?;
        Ok(Self {
            network: backbone.into_features(&[BackboneLayer::Pooled], device)?,
            features: [Vec::new()],
        })
    }
}

impl<B: Kernels> DescribeFrame for PooledFeatures<B> {
    fn dimensions(&self) -> usize {
        self.network.maps()[0].channels
    }

    fn describe(&mut self, frame: &Frame, out: &mut [f32]) -> Result<(), Error> {
        self.network
            .extract(frame.pixels(), &mut self.features)
            .map_err(|source| Error::System {
                system: "resnet18",
                source,
            })?;
        out.copy_from_slice(&self.features[0]);
        Ok(())
    }
}

fn main() -> Result<()> {
    run_experiment::<LstmFeatures>()
}
