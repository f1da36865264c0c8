use std::ops::ControlFlow;
use std::process::{Command, Stdio};

use burn::backend::{Autodiff, Flex};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Error, Event, Random, Silent};
use oddframe_nn::{
    Activation, BatchNorm, BatchNormConfig, ClipLoss, Conv2d, Conv2dConfig, ConvTranspose2d,
    ConvTranspose2dConfig, Dropout, Kernels, Reconstruct, mean_squared_error,
};
use oddframe_train::{FitOptions, Fitted, Trainer};

pub(crate) type A = Autodiff<Flex>;

/// A convolutional autoencoder with every kind of layer that has a state or is random.
#[derive(Module, Debug)]
pub(crate) struct Net<B: Backend> {
    pub(crate) down: Conv2d<B>,
    norm: Option<BatchNorm<B>>,
    dropout: Dropout,
    up: ConvTranspose2d<B>,
}

pub(crate) const SIDE: usize = 8;
pub(crate) const CLIP: ClipShape = ClipShape {
    frames: 2,
    channels: 1,
    height: SIDE,
    width: SIDE,
};

/// A new network; a `plain` one has no batch normalisation and no dropout.
pub(crate) fn new_net(plain: bool) -> Net<A> {
    new_net_on(plain)
}

/// The same network on another backend.
pub(crate) fn new_net_on<B: Kernels>(plain: bool) -> Net<B> {
    let device = Default::default();
    let down = Conv2dConfig::new([1, 20], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1]);
    let up = ConvTranspose2dConfig::new([20, 1], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1]);
    let norm = BatchNormConfig::new(20).with_activation(Activation::Relu);
    Net {
        down: down.init(&device).unwrap(),
        norm: (!plain).then(|| norm.init(&device).unwrap()),
        dropout: Dropout {
            share: if plain { 0.0 } else { 0.2 },
        },
        up: up.init(&device).unwrap(),
    }
}

impl<B: Kernels> Reconstruct<B> for Net<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        let [batch, frames, channels, height, width] = shape;
        let x = self
            .down
            .forward(clips.reshape([batch * frames, channels, height, width]));
        let x = match &self.norm {
            Some(norm) => norm.forward(x),
            None => x,
        };
        self.up.forward(self.dropout.forward(x)).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for Net<B> {
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(seen), wanted)
    }
}

/// Clips with a bright bar that moves; the inputs have noise, the targets have none.
pub(crate) struct Bars {
    pub(crate) len: usize,
    pub(crate) noise: f64,
    /// The factor of the targets.
    pub(crate) target_factor: f32,
}

pub(crate) fn new_bars(len: usize) -> Bars {
    Bars {
        len,
        noise: 0.1,
        target_factor: 1.0,
    }
}

impl Examples for Bars {
    fn len(&self) -> usize {
        self.len
    }

    fn input_shape(&self) -> ClipShape {
        CLIP
    }

    fn write_example(
        &self,
        epoch: u64,
        index: usize,
        seen: &mut [f32],
        wanted: &mut [f32],
    ) -> Result<(), Error> {
        let mut random = Random::stream(1, &[epoch, index as u64]);
        for (at, (seen, wanted)) in seen.iter_mut().zip(wanted).enumerate() {
            let (frame, column) = (at / (SIDE * SIDE), at % SIDE);
            let bar = if column == (index + frame) % SIDE {
                1.0
            } else {
                0.2
            };
            let noise = if epoch > 0 {
                random.between(-self.noise, self.noise)
            } else {
                0.0
            };
            *seen = bar + noise as f32;
            *wanted = bar * self.target_factor;
        }
        Ok(())
    }
}

/// Every bit of every weight and running statistic.
pub(crate) fn weight_bits<B: Backend>(network: &impl Module<B>) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl<B: Backend> ModuleVisitor<B> for Bits {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            self.0.extend(
                param
                    .val()
                    .into_data()
                    .to_vec::<f32>()
                    .unwrap()
                    .iter()
                    .map(|value| value.to_bits()),
            );
        }
    }
    let mut visitor = Bits(Vec::new());
    Module::<B>::visit(network, &mut visitor);
    visitor.0
}

/// An observer that cancels once it has seen this many steps.
pub(crate) fn cancel_after(mut advances: usize) -> impl FnMut(Event<'_>) -> ControlFlow<()> {
    move |event| {
        if matches!(event, Event::Advanced { .. }) {
            if advances == 0 {
                return ControlFlow::Break(());
            }
            advances -= 1;
        }
        ControlFlow::Continue(())
    }
}

/// Trains on one CPU device.
pub(crate) fn fit_on_cpu(
    network: Net<A>,
    examples: &dyn Examples,
    options: FitOptions,
) -> Result<Fitted<Net<A>>, oddframe_train::Error> {
    Trainer::<A>::new(options, &[Default::default()])?.fit(network, examples, &mut Silent)
}

/// A command that runs one ignored test of this binary in a process of its own; it prints nothing to stdout.
pub(crate) fn child_command(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "--ignored", "--nocapture", test])
        .stdout(Stdio::null());
    command
}
