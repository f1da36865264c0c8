use std::mem::take;
use std::ops::Range;

use burn::data::dataloader::{DataLoaderIterator, Progress};
use burn::lr_scheduler::constant::ConstantLr;
use burn::module::AutodiffModule;
use burn::optim::{GradientsAccumulator, Optimizer};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{ElementConversion, Tensor};
use burn::train::train::MultiDevicesTrainStep;
use burn::train::{InferenceStep, Learner, LearningComponentsMarker, TrainOutput};
use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Random};
use oddframe_nn::{ClipLoss, Kernels, clips_to_tensor};

use crate::filling::Filled;
use crate::learning::{Learning, Outcome, Part, guarded};
use crate::optimiser::Optimiser;
use crate::{Error, FitOptions, record};

type Components<B, M> = LearningComponentsMarker<B, ConstantLr, Learning<B, M>, Optimiser<B, Learning<B, M>>>;

/// A network in training, and how it makes a step on one device or several.
pub(crate) struct Steps<'a, B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    learner: Learner<Components<B, M>>,
    optimiser: Optimiser<B, Learning<B, M>>,
    main: &'a B::Device,
    devices: &'a [B::Device],
    several: Option<MultiDevicesTrainStep<Components<B, M>>>,
    shapes: Shapes,
    seed: u64,
}

/// The shapes of an example's two parts.
#[derive(Clone, Copy)]
pub(crate) struct Shapes {
    pub(crate) seen: ClipShape,
    pub(crate) wanted: ClipShape,
}

impl Shapes {
    pub(crate) fn of(examples: &dyn Examples) -> Self {
        Self { seen: examples.seen(), wanted: examples.wanted() }
    }
}

/// The losses of a step's parts, still on their devices: they are read one step late, so that the device always has
/// work.
pub(crate) struct Pending<B: Backend> {
    pub(crate) step: u64,
    pub(crate) count: usize,
    parts: Vec<(f64, Tensor<B, 1>)>,
}

impl<B: Backend> Pending<B> {
    /// The loss of the whole batch.
    pub(crate) fn read(self, seen: ClipShape, epoch: u64) -> Result<f64, Error> {
        let Self { step, count, parts } = self;
        guarded(|| parts.into_iter().map(|(share, loss)| share * loss.into_scalar().elem::<f64>()).sum())
            .map_err(|message| Error::Network { batch: dims(seen, count), epoch, step, message })
    }
}

impl<'a, B, M> Steps<'a, B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    pub(crate) fn new(
        network: M,
        options: &FitOptions,
        devices: &'a [B::Device],
        shapes: Shapes,
    ) -> Result<Self, Error> {
        let main = devices.first().ok_or(Error::NoDevice)?;
        let optimiser = Optimiser::new(options)?;
        let rate = ConstantLr::new(options.learning_rate);
        Ok(Self {
            learner: Learner::new(Learning::new(network), optimiser.clone(), rate),
            optimiser,
            main,
            devices,
            several: (devices.len() > 1).then(|| MultiDevicesTrainStep::new(devices)),
            shapes,
            seed: options.seed,
        })
    }

    /// Learns from one batch.
    pub(crate) fn step(
        &mut self,
        epoch: u64,
        step: u64,
        batch: Filled,
    ) -> Result<Pending<B::InnerBackend>, Error> {
        let count = batch.count;
        for device in self.devices {
            // So that a run gone on with draws what one that was never stopped does.
            B::seed(device, Random::stream(self.seed, &[epoch, step]).bits());
        }
        let mut outcomes = Vec::with_capacity(self.devices.len());
        let mut gradients = GradientsAccumulator::new();
        for output in self.outputs(split(batch, self.shapes, self.devices)?) {
            let Outcome { share, loss, .. } = output.item;
            let loss = loss.map_err(|message| network_failed(self.shapes, count, epoch, step, message))?;
            outcomes.push((share, loss));
            gradients.accumulate(&self.learner.model(), output.grads);
        }
        self.learner.lr_step();
        self.learner.optimizer_step(gradients.grads());
        Ok(Pending { step, count, parts: outcomes })
    }

    /// What the devices make of their parts, on the main device and in the order of the parts: sums must not depend on
    /// who is done first.
    fn outputs(&self, parts: Vec<Part<B>>) -> Vec<TrainOutput<Outcome<B::InnerBackend>>> {
        let Some(several) = &self.several else {
            return parts.into_iter().map(|part| self.learner.train_step(part)).collect();
        };
        let mut parts: Vec<_> = parts.into_iter().map(Some).collect();
        parts.resize_with(self.devices.len(), || None);
        let mut loaders: Vec<_> = parts.into_iter().map(One::loader).collect();
        let model = self.learner.model();
        let (outputs, _) = several.step(&mut loaders, &model);
        let mut outputs: Vec<_> = outputs.into_iter().map(|output| output.output).collect();
        outputs.sort_by_key(|output| output.item.place);
        for output in &mut outputs {
            output.grads = take(&mut output.grads).to_device(self.main, &model);
        }
        outputs
    }

    /// Brings everything to the main device, where several devices have taken parts elsewhere.
    pub(crate) fn gather(&mut self) {
        if self.several.is_some() {
            self.learner.fork(self.main);
        }
    }

    /// The network in the form that is not trained.
    pub(crate) fn evaluated(&self) -> Learning<B::InnerBackend, M::InnerModule> {
        self.learner.model().valid()
    }

    /// The loss of the network in the form that is not trained.
    pub(crate) fn evaluate(
        &self,
        network: &Learning<B::InnerBackend, M::InnerModule>,
        epoch: u64,
        step: u64,
        batch: Filled,
    ) -> Result<f64, Error> {
        let count = batch.count;
        let failed = |message| network_failed(self.shapes, count, epoch, step, message);
        let mut loss = 0.0;
        for part in split::<B::InnerBackend>(batch, self.shapes, &self.devices[..1])? {
            let value = InferenceStep::step(network, part)
                .loss
                .and_then(|loss| guarded(|| loss.into_scalar().elem::<f64>()));
            loss += value.map_err(failed)?;
        }
        Ok(loss)
    }

    pub(crate) fn network(&self) -> M {
        self.learner.model().network
    }

    pub(crate) fn network_bytes(&self) -> Result<Vec<u8>, Error> {
        record::to_bytes::<B, _>("weights", self.network().into_record())
    }

    pub(crate) fn optimiser_bytes(&self) -> Result<Vec<u8>, Error> {
        record::to_bytes::<B, _>("optimiser's state", self.optimiser.to_record())
    }

    pub(crate) fn load_network(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.learner.load_model(record::from_bytes::<B, _>("weights", bytes, self.main)?);
        Ok(())
    }

    pub(crate) fn load_optimiser(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.learner.load_optim(record::from_bytes::<B, _>("optimiser's state", bytes, self.main)?);
        Ok(())
    }
}

fn network_failed(shapes: Shapes, count: usize, epoch: u64, step: u64, message: String) -> Error {
    Error::Network { batch: dims(shapes.seen, count), epoch, step, message }
}

pub(crate) fn dims(shape: ClipShape, count: usize) -> [usize; 5] {
    [count, shape.frames, shape.channels, shape.height, shape.width]
}

/// The batch as tensors, in equal parts, one for each device; fewer where there are fewer examples.
fn split<B: Backend>(batch: Filled, shapes: Shapes, devices: &[B::Device]) -> Result<Vec<Part<B>>, Error> {
    let Filled { count, seen, wanted } = batch;
    if let [device] = devices {
        let seen = clips_to_tensor(seen, count, shapes.seen, device)?;
        let wanted = clips_to_tensor(wanted, count, shapes.wanted, device)?;
        return Ok(vec![Part { place: 0, share: 1.0, seen, wanted }]);
    }
    let parts = devices.len().min(count);
    let values = |of: &[f32], range: &Range<usize>| {
        let example = of.len() / count;
        of[range.start * example..range.end * example].to_vec()
    };
    devices[..parts]
        .iter()
        .enumerate()
        .map(|(place, device)| {
            let range = place * count / parts..(place + 1) * count / parts;
            Ok(Part {
                place,
                share: range.len() as f64 / count as f64,
                seen: clips_to_tensor(values(&seen, &range), range.len(), shapes.seen, device)?,
                wanted: clips_to_tensor(values(&wanted, &range), range.len(), shapes.wanted, device)?,
            })
        })
        .collect()
}

/// A loader of one part or none: a device's share of one step.
struct One<T>(Option<T>);

impl<T: 'static> One<T> {
    fn loader(part: Option<T>) -> Box<dyn DataLoaderIterator<T>> {
        Box::new(Self(part))
    }
}

impl<T> Iterator for One<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T> DataLoaderIterator<T> for One<T> {
    /// Ours is told elsewhere.
    fn progress(&self) -> Progress {
        Progress::new(0, 0)
    }
}
