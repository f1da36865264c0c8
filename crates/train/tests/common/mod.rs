#![allow(dead_code, unreachable_pub)] // each test takes what it needs

use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::backend::{Autodiff, Flex};
use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Error, Event, Random};
use oddframe_nn::{
    Activation, BatchNorm, BatchNormConfig, ClipLoss, Conv2d, Conv2dConfig, ConvTranspose2d,
    ConvTranspose2dConfig, ErrorMapper, Kernels, mean_squared_error,
};

pub type A = Autodiff<Flex>;

/// Burn's generator is one for the whole process: tests that draw from it take turns.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A convolutional autoencoder with everything that keeps a state or draws at random.
#[derive(Module, Debug)]
pub struct Net<B: Backend> {
    pub down: Conv2d<B>,
    norm: Option<BatchNorm<B>>,
    dropout: Dropout,
    up: ConvTranspose2d<B>,
}

pub const SIDE: usize = 8;
pub const CLIP: ClipShape = ClipShape { frames: 2, channels: 1, height: SIDE, width: SIDE };

/// The whole network; `plain` is without batch normalisation and dropout.
pub fn net(plain: bool) -> Net<A> {
    let device = Default::default();
    let down = Conv2dConfig::new([1, 20], [4, 4]).with_stride([2, 2]).with_padding([1, 1]);
    let up = ConvTranspose2dConfig::new([20, 1], [4, 4]).with_stride([2, 2]).with_padding([1, 1]);
    let norm = BatchNormConfig::new(20).with_activation(Activation::Relu);
    Net {
        down: down.init(&device).unwrap(),
        norm: (!plain).then(|| norm.init(&device).unwrap()),
        dropout: DropoutConfig::new(if plain { 0.0 } else { 0.2 }).init(),
        up: up.init(&device).unwrap(),
    }
}

impl<B: Kernels> ErrorMapper<B> for Net<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        let [batch, frames, channels, height, width] = shape;
        let x = self.down.forward(clips.reshape([batch * frames, channels, height, width]));
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

/// Clips with a bright bar somewhere; chance adds noise to what is seen.
pub struct Bars {
    pub len: usize,
    pub noise: f64,
    /// What the values that are wanted are multiplied by.
    pub wanted: f32,
}

pub fn bars(len: usize) -> Bars {
    Bars { len, noise: 0.1, wanted: 1.0 }
}

impl Examples for Bars {
    fn len(&self) -> usize {
        self.len
    }

    fn seen(&self) -> ClipShape {
        CLIP
    }

    fn fill(&self, epoch: u64, index: usize, seen: &mut [f32], wanted: &mut [f32]) -> Result<(), Error> {
        let mut random = Random::stream(1, &[epoch, index as u64]);
        for (at, (seen, wanted)) in seen.iter_mut().zip(wanted).enumerate() {
            let (frame, column) = (at / (SIDE * SIDE), at % SIDE);
            let bar = if column == (index + frame) % SIDE { 1.0 } else { 0.2 };
            let noise = if epoch > 0 { random.between(-self.noise, self.noise) } else { 0.0 };
            *seen = bar + noise as f32;
            *wanted = bar * self.wanted;
        }
        Ok(())
    }
}

/// Every bit of every weight and running statistic.
pub fn bits<B: Backend>(network: &impl Module<B>) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl<B: Backend> ModuleVisitor<B> for Bits {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            self.0
                .extend(param.val().into_data().to_vec::<f32>().unwrap().iter().map(|value| value.to_bits()));
        }
    }
    let mut visitor = Bits(Vec::new());
    Module::<B>::visit(network, &mut visitor);
    visitor.0
}

/// Stops at the first so many advances.
pub fn stop_after(mut advances: usize) -> impl FnMut(Event<'_>) -> ControlFlow<()> {
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
