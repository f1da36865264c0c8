//! Adapts a network to the traits of burn-train.

use std::fmt;
use std::marker::PhantomData;

use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};
use oddframe_core::Random;
use oddframe_nn::{ClipLoss, with_random_stream};

use crate::panics::catch_panic;

/// A network with the training and inference steps that burn-train's `Learner` calls.
///
/// A wrapper, because burn-train's traits cannot be implemented for a type parameter of this crate.
#[derive(Debug, Clone)]
pub(crate) struct Trainable<B, M> {
    pub(crate) network: M,
    backend: PhantomData<B>,
}

/// The part of a batch that one device computes.
#[derive(Debug)]
pub(crate) struct BatchPart<B: Backend> {
    /// Its index among the parts of the batch.
    pub(crate) index: usize,
    /// Its share of the batch's examples: 1 on a single device.
    pub(crate) share: f64,
    /// `[part, T, C, H, W]`.
    pub(crate) inputs: Tensor<B, 5>,
    /// `[part, T, C, H, W]`.
    pub(crate) targets: Tensor<B, 5>,
    /// What dropout draws from.
    pub(crate) stream: Random,
}

/// The loss of a part.
#[derive(Debug)]
pub(crate) struct PartLoss<B: Backend> {
    pub(crate) index: usize,
    pub(crate) share: f64,
    /// The mean loss over the part, or the message of the network's panic.
    pub(crate) loss: Result<Tensor<B, 1>, String>,
}

impl<B: Backend> ItemLazy for PartLoss<B> {
    type ItemSync = Self;

    fn sync(self) -> Self {
        self
    }
}

impl<B, M> Trainable<B, M> {
    pub(crate) fn new(network: M) -> Self {
        Self {
            network,
            backend: PhantomData,
        }
    }

    fn map_network(self, map: impl FnOnce(M) -> M) -> Self {
        Self::new(map(self.network))
    }
}

impl<B, M> TrainStep for Trainable<B, M>
where
    B: AutodiffBackend,
    M: AutodiffModule<B> + ClipLoss<B>,
{
    type Input = BatchPart<B>;
    type Output = PartLoss<B::InnerBackend>;

    /// Forward and backward pass. On several devices burn-train calls it on a thread for each.
    fn step(&self, part: BatchPart<B>) -> TrainOutput<PartLoss<B::InnerBackend>> {
        let BatchPart {
            index,
            share,
            inputs,
            targets,
            stream,
        } = part;
        let computed = catch_panic(|| {
            // Random streams belong to a thread, so the part brings its own to the thread of its device.
            let loss = with_random_stream(stream, || self.network.loss(inputs, targets));
            let reported = loss.clone().inner();
            // Each loss is a mean over its part. Weighted by the part's share, the losses add up to the mean over the
            // batch, and by linearity so do their gradients. On one device the multiplication by 1 is left out.
            let weighted = if share < 1.0 {
                loss.mul_scalar(share)
            } else {
                loss
            };
            (
                reported,
                GradientsParams::from_grads(weighted.backward(), self),
            )
        });
        let (loss, grads) = match computed {
            Ok((loss, grads)) => (Ok(loss), grads),
            Err(message) => (Err(message), GradientsParams::new()),
        };
        TrainOutput {
            grads,
            item: PartLoss { index, share, loss },
        }
    }
}

impl<B, M> InferenceStep for Trainable<B, M>
where
    B: Backend,
    M: ClipLoss<B>,
{
    type Input = BatchPart<B>;
    type Output = PartLoss<B>;

    fn step(&self, part: BatchPart<B>) -> PartLoss<B> {
        let BatchPart {
            index,
            share,
            inputs,
            targets,
            ..
        } = part;
        PartLoss {
            index,
            share,
            loss: catch_panic(|| self.network.loss(inputs, targets)),
        }
    }
}

// Burn derives these for structs of modules, but not for a type parameter; everything is passed on to the network.
impl<B: Backend, M: Module<B>> Module<B> for Trainable<B, M> {
    type Record = M::Record;

    fn collect_devices(&self, devices: Vec<B::Device>) -> Vec<B::Device> {
        self.network.collect_devices(devices)
    }

    fn fork(self, device: &B::Device) -> Self {
        self.map_network(|network| network.fork(device))
    }

    fn to_device(self, device: &B::Device) -> Self {
        self.map_network(|network| network.to_device(device))
    }

    fn visit<V: ModuleVisitor<B>>(&self, visitor: &mut V) {
        self.network.visit(visitor);
    }

    fn map<P: ModuleMapper<B>>(self, mapper: &mut P) -> Self {
        self.map_network(|network| network.map(mapper))
    }

    fn load_record(self, record: M::Record) -> Self {
        self.map_network(|network| network.load_record(record))
    }

    fn into_record(self) -> M::Record {
        self.network.into_record()
    }
}

impl<B, M> AutodiffModule<B> for Trainable<B, M>
where
    B: AutodiffBackend,
    M: AutodiffModule<B>,
{
    type InnerModule = Trainable<B::InnerBackend, M::InnerModule>;

    fn valid(&self) -> Self::InnerModule {
        Trainable::new(self.network.valid())
    }

    fn from_inner(module: Self::InnerModule) -> Self {
        Self::new(M::from_inner(module.network))
    }
}

/// Required by burn-train, which prints models; this crate never does.
impl<B, M> fmt::Display for Trainable<B, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("network")
    }
}
