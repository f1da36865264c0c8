//! Training on the native kernels and on Burn's own operations gives the same losses. The tensors are large enough for the
//! buffer pool; an operation that reads memory before writing it reads NaN.

use crate::common::{A, noise};
use burn::module::{AutodiffModule, Module};
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::Backend;
use burn::tensor::{ElementConversion, Tensor};
use oddframe_nn::{
    Activation, AdamConfig, BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, ConvLstm,
    ConvLstmConfig, ConvTranspose2d, ConvTranspose2dConfig, Kernels, Linear, LinearConfig, Lstm,
    LstmConfig, init_seeded, parameter_count, without_kernels,
};

#[derive(Module, Debug)]
struct Autoencoder<B: Backend> {
    down: Conv2d<B>,
    down_norm: BatchNorm<B>,
    narrow: Linear<B>,
    wide: Linear<B>,
    up: ConvTranspose2d<B>,
    up_norm: BatchNorm<B>,
    last: ConvTranspose2d<B>,
}

impl<B: Kernels> Autoencoder<B> {
    fn new() -> Self {
        let device = Default::default();
        let down = Conv2dConfig::new([3, 20], [4, 4])
            .with_stride([2, 2])
            .with_padding([1, 1]);
        let up = ConvTranspose2dConfig::new([20, 18], [4, 4])
            .with_stride([2, 2])
            .with_padding([1, 1]);
        let last = ConvTranspose2dConfig::new([18, 3], [3, 3]).with_padding([1, 1]);
        let norm =
            |channels| BatchNormConfig::new(channels).with_activation(Activation::LeakyRelu(0.2));
        Self {
            down: down.init(&device).unwrap(),
            down_norm: norm(20).init(&device).unwrap(),
            narrow: LinearConfig::new(20 * 64, 12).init(&device).unwrap(),
            wide: LinearConfig::new(12, 20 * 64).init(&device).unwrap(),
            up: up.init(&device).unwrap(),
            up_norm: norm(18).init(&device).unwrap(),
            last: last
                .with_activation(Activation::Tanh)
                .init(&device)
                .unwrap(),
        }
    }

    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let x = self.down_norm.forward(self.down.forward(x));
        let shape = x.dims();
        let x = self
            .wide
            .forward(self.narrow.forward(x.flatten::<2>(1, 3)))
            .reshape(shape);
        self.last.forward(self.up_norm.forward(self.up.forward(x)))
    }
}

/// The mean squared error of every step of a training. `reconstruct` gets the network and the step, and returns the output
/// and its target.
fn train<M: AutodiffModule<A>, const D: usize>(
    mut model: M,
    config: &AdamConfig,
    rate: f64,
    steps: usize,
    reconstruct: impl Fn(&M, usize) -> (Tensor<A, D>, Tensor<A, D>),
) -> Vec<f32> {
    let mut optimizer = config.init::<A, M>().unwrap();
    let mut losses = Vec::with_capacity(steps);
    for step in 0..steps {
        let (output, target) = reconstruct(&model, step);
        let loss = (output - target).square().mean();
        losses.push(loss.clone().into_scalar().elem());
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(rate, model, gradients);
    }
    losses
}

/// Checks that a training gives the same losses with the native kernels and without, and that the last one is below
/// `share` of the first.
fn assert_equal_losses(train: impl Fn() -> Vec<f32>, share: f32) {
    let found = train();
    let expected = without_kernels(&train);
    assert_eq!(found.len(), expected.len());
    for (step, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!(
            (found - expected).abs() < 1e-3 * expected,
            "step {step}: {found} instead of {expected}"
        );
    }
    assert!(
        found[found.len() - 1] < share * found[0],
        "the loss did not fall: {found:?}"
    );
}

#[test]
fn fifty_steps_of_an_autoencoder() {
    let model = init_seeded(1, Autoencoder::<A>::new);
    // Burn draws initial weights when they are first read: here, so that both runs start from the same.
    let parameters = [
        960 + 20,
        40,
        1280 * 12 + 12,
        12 * 1280 + 1280,
        5760 + 18,
        36,
        486 + 3,
    ];
    assert_eq!(parameter_count(&model), parameters.iter().sum::<usize>());
    // With weight decay, so that all of Adam is tested.
    let adam = AdamConfig::new().with_weight_decay(1e-4);
    let step = |model: &Autoencoder<A>, step| {
        let x = noise::<A, 4>([6, 3, 16, 16], step as u64 % 3);
        (model.forward(x.clone()), x)
    };
    assert_equal_losses(|| train(model.clone(), &adam, 1e-3, 50, step), 0.9);
}

#[derive(Module, Debug)]
struct SequenceAutoencoder<B: Backend> {
    encoder: Lstm<B>,
    decoder: Lstm<B>,
    out: Linear<B>,
}

impl SequenceAutoencoder<A> {
    fn forward(&self, x: Tensor<A, 3>) -> Tensor<A, 3> {
        let (_, state) = self.encoder.forward(x, None);
        self.out
            .forward(self.decoder.forward_repeated(state.hidden, 5, None).0)
    }
}

#[test]
fn thirty_steps_of_an_lstm() {
    let device = Default::default();
    let model = SequenceAutoencoder::<A> {
        encoder: LstmConfig::new(48, 40).init(&device).unwrap(),
        decoder: LstmConfig::new(40, 40).init(&device).unwrap(),
        out: LinearConfig::new(40, 48).init(&device).unwrap(),
    };
    assert_eq!(
        parameter_count(&model),
        160 * (48 + 40 + 2) + 160 * (40 + 40 + 2) + 41 * 48
    );
    let x = noise::<A, 3>([4, 5, 48], 1);
    let step = &|model: &SequenceAutoencoder<A>, _| (model.forward(x.clone()), x.clone());
    assert_equal_losses(
        || train(model.clone(), &AdamConfig::new(), 5e-3, 30, step),
        0.95,
    );
}

#[derive(Module, Debug)]
struct ImageSequences<B: Backend> {
    first: ConvLstm<B>,
    second: ConvLstm<B>,
    out: Conv2d<B>,
}

impl ImageSequences<A> {
    fn forward(&self, x: Tensor<A, 5>) -> Tensor<A, 5> {
        let (y, state) = self.first.forward(x, None);
        // The second layer starts from the last state of the first.
        let (y, _) = self.second.forward(y, Some(state));
        self.out
            .forward(y.reshape([12, 20, 8, 9]))
            .reshape([3, 4, 2, 8, 9])
    }
}

#[test]
fn thirty_steps_of_a_convolutional_lstm() {
    let device = Default::default();
    let model = ImageSequences::<A> {
        first: ConvLstmConfig::new([2, 20], [3, 3]).init(&device).unwrap(),
        second: ConvLstmConfig::new([20, 20], [3, 3]).init(&device).unwrap(),
        out: Conv2dConfig::new([20, 2], [1, 1]).init(&device).unwrap(),
    };
    assert_eq!(
        parameter_count(&model),
        80 * (22 * 9 + 1) + 80 * (40 * 9 + 1) + 42
    );
    let x = noise::<A, 5>([3, 4, 2, 8, 9], 1);
    let step = &|model: &ImageSequences<A>, _| (model.forward(x.clone()), x.clone());
    assert_equal_losses(
        || train(model.clone(), &AdamConfig::new(), 5e-3, 30, step),
        0.95,
    );
}

/// Ten steps on one weight in f64, by the formula in PyTorch's documentation.
#[test]
fn adam_is_the_formula() {
    use burn::module::Param;
    let (rate, beta_1, beta_2, epsilon, decay) = (0.01, 0.9, 0.999, 1e-8, 0.1);
    let mut layer = LinearConfig::new(1, 1)
        .with_bias(false)
        .init::<A>(&Default::default())
        .unwrap();
    layer.weight = Param::from_tensor(Tensor::<A, 2>::from_floats([[0.5]], &Default::default()));
    let config = AdamConfig::new().with_weight_decay(decay);
    for kernels in [true, false] {
        let run = || {
            let mut layer = layer.clone();
            let mut optimizer = config.init::<A, Linear<A>>().unwrap();
            for step in 1..=10 {
                let x = Tensor::<A, 2>::from_floats([[step as f32]], &Default::default());
                let gradients =
                    GradientsParams::from_grads(layer.forward(x).sum().backward(), &layer);
                layer = optimizer.step(rate, layer, gradients);
            }
            layer.weight.val().into_scalar()
        };
        let found = if kernels { run() } else { without_kernels(run) };
        let (mut weight, mut mean, mut square) = (0.5_f64, 0.0, 0.0);
        for step in 1..=10 {
            let gradient = f64::from(step) + decay * weight;
            mean = beta_1 * mean + (1.0 - beta_1) * gradient;
            square = beta_2 * square + (1.0 - beta_2) * gradient * gradient;
            let (mean, square) = (
                mean / (1.0 - beta_1.powi(step)),
                square / (1.0 - beta_2.powi(step)),
            );
            weight -= rate * mean / (square.sqrt() + epsilon);
        }
        assert!(
            (f64::from(found) - weight).abs() < 1e-6,
            "{found} instead of {weight}"
        );
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let refused = |config: AdamConfig| {
        config
            .init::<A, Linear<A>>()
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(
        refused(AdamConfig::new().with_beta_1(1.0)).as_deref(),
        Some("Adam: beta_1 is 1; it must be at least 0 and below 1")
    );
    assert!(refused(AdamConfig::new().with_epsilon(f64::NAN)).is_some());
    assert!(refused(AdamConfig::new().with_weight_decay(-1.0)).is_some());
    assert!(refused(AdamConfig::new()).is_none());
}
