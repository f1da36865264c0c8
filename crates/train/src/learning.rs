//! A network as burn-train's `Learner` wants it.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};
use oddframe_nn::ClipLoss;

/// A network of ours, with the steps that burn-train asks for.
#[derive(Debug, Clone)]
pub(crate) struct Learning<B, M> {
    pub(crate) network: M,
    backend: PhantomData<B>,
}

/// A device's part of a batch.
#[derive(Debug)]
pub(crate) struct Part<B: Backend> {
    /// Which part of the batch it is.
    pub(crate) place: usize,
    /// How much of the batch it is.
    pub(crate) share: f64,
    /// `[part, T, C, H, W]`.
    pub(crate) seen: Tensor<B, 5>,
    /// `[part, T, C, H, W]`.
    pub(crate) wanted: Tensor<B, 5>,
}

/// What became of a part.
#[derive(Debug)]
pub(crate) struct Outcome<B: Backend> {
    pub(crate) place: usize,
    pub(crate) share: f64,
    /// The loss, or why the network gave none.
    pub(crate) loss: Result<Tensor<B, 1>, String>,
}

impl<B: Backend> ItemLazy for Outcome<B> {
    type ItemSync = Self;

    fn sync(self) -> Self {
        self
    }
}

impl<B, M> Learning<B, M> {
    pub(crate) fn new(network: M) -> Self {
        Self { network, backend: PhantomData }
    }

    fn map_network(self, map: impl FnOnce(M) -> M) -> Self {
        Self::new(map(self.network))
    }
}

/// Layers panic on shapes that do not fit them, and a panicking thread of burn-train's leaves the others waiting
/// for ever: what they say becomes an error.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| said(&*panic))
}

fn said(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_string(),
        (_, Some(text)) => text.clone(),
        _ => "it panicked without a word".to_string(),
    }
}

impl<B, M> TrainStep for Learning<B, M>
where
    B: AutodiffBackend,
    M: AutodiffModule<B> + ClipLoss<B>,
{
    type Input = Part<B>;
    type Output = Outcome<B::InnerBackend>;

    fn step(&self, part: Part<B>) -> TrainOutput<Outcome<B::InnerBackend>> {
        let Part { place, share, seen, wanted } = part;
        let learned = guarded(|| {
            let loss = self.network.loss(seen, wanted);
            let measured = loss.clone().inner();
            // The gradients of the parts then add up to that of the whole batch.
            let weighted = if share < 1.0 { loss.mul_scalar(share) } else { loss };
            (measured, GradientsParams::from_grads(weighted.backward(), self))
        });
        let (loss, grads) = match learned {
            Ok((loss, grads)) => (Ok(loss), grads),
            Err(message) => (Err(message), GradientsParams::new()),
        };
        TrainOutput { grads, item: Outcome { place, share, loss } }
    }
}

impl<B, M> InferenceStep for Learning<B, M>
where
    B: Backend,
    M: ClipLoss<B>,
{
    type Input = Part<B>;
    type Output = Outcome<B>;

    fn step(&self, part: Part<B>) -> Outcome<B> {
        let Part { place, share, seen, wanted } = part;
        Outcome { place, share, loss: guarded(|| self.network.loss(seen, wanted)) }
    }
}

impl<B: Backend, M: Module<B>> Module<B> for Learning<B, M> {
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

impl<B, M> AutodiffModule<B> for Learning<B, M>
where
    B: AutodiffBackend,
    M: AutodiffModule<B>,
{
    type InnerModule = Learning<B::InnerBackend, M::InnerModule>;

    fn valid(&self) -> Self::InnerModule {
        Learning::new(self.network.valid())
    }

    fn from_inner(module: Self::InnerModule) -> Self {
        Self::new(M::from_inner(module.network))
    }
}

/// Asked for by burn-train, shown by nobody.
impl<B, M> fmt::Display for Learning<B, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("network")
    }
}
