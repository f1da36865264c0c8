//! One optimisation step on one device or several.
//!
//! ```text
//!                batch of 10, 3 devices
//!         ┌────────────┼────────────┐
//!      0..3         3..6         6..10        equal parts, in order; the last ones are larger
//!         │            │            │
//!     device 0     device 1     device 2      forward and backward, each on its thread
//!         │            │            │
//!     3/10 × ∇₀ +  3/10 × ∇₁ +  4/10 × ∇₂     accumulated on device 0 in the order of the parts
//!                      │
//!              clipping, Adam step on device 0
//! ```

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
use oddframe_core::{ClipShape, Random};
use oddframe_nn::{ClipLoss, Kernels, clips_to_tensor};

use crate::batches::{Batch, ExampleShapes, batch_dims};
use crate::optimiser::Optimiser;
use crate::panics::catch_panic;
use crate::trainable::{BatchPart, PartLoss, Trainable};
use crate::weights::{record_from_bytes, record_to_bytes};
use crate::{Error, FitOptions};

type Components<B, M> =
    LearningComponentsMarker<B, ConstantLr, Trainable<B, M>, Optimiser<B, Trainable<B, M>>>;

/// Which step of a training: the epoch and the batch within it, both from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepId {
    pub(crate) epoch: u64,
    pub(crate) step: u64,
}

impl StepId {
    /// The error for a network that panicked in this step.
    pub(crate) fn network_error(self, input: ClipShape, count: usize, message: String) -> Error {
        Error::Network {
            batch: batch_dims(input, count),
            epoch: self.epoch,
            step: self.step,
            message,
        }
    }
}

/// A network in training, with its optimiser and its devices.
pub(crate) struct StepRunner<'a, B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    learner: Learner<Components<B, M>>,
    optimiser: Optimiser<B, Trainable<B, M>>,
    main_device: &'a B::Device,
    devices: &'a [B::Device],
    /// The threads of several devices; none where there is one device.
    workers: Option<MultiDevicesTrainStep<Components<B, M>>>,
    shapes: ExampleShapes,
    seed: u64,
}

/// The key of the random streams of dropout: "dropout" in ASCII.
const DROPOUT: u64 = 0x0064_726f_706f_7574;

/// The loss of a step, still on its devices.
///
/// It is read one step late: reading waits for the device, which by then has the next step to compute.
pub(crate) struct PendingLoss<B: Backend> {
    pub(crate) id: StepId,
    pub(crate) count: usize,
    /// The share and the loss of each part.
    parts: Vec<(f64, Tensor<B, 1>)>,
}

impl<B: Backend> PendingLoss<B> {
    /// The mean loss over the batch.
    pub(crate) fn read(self, input: ClipShape) -> Result<f64, Error> {
        let Self { id, count, parts } = self;
        // Backends that queue their work report its failure here.
        catch_panic(|| {
            parts
                .into_iter()
                .map(|(share, loss)| share * loss.into_scalar().elem::<f64>())
                .sum()
        })
        .map_err(|message| id.network_error(input, count, message))
    }
}

impl<'a, B, M> StepRunner<'a, B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    pub(crate) fn new(
        network: M,
        options: &FitOptions,
        devices: &'a [B::Device],
        shapes: ExampleShapes,
    ) -> Result<Self, Error> {
        let main_device = devices.first().ok_or(Error::NoDevice)?;
        let optimiser = Optimiser::new(options)?;
        let rate = ConstantLr::new(options.learning_rate);
        Ok(Self {
            learner: Learner::new(Trainable::new(network), optimiser.clone(), rate),
            optimiser,
            main_device,
            devices,
            workers: (devices.len() > 1).then(|| MultiDevicesTrainStep::new(devices)),
            shapes,
            seed: options.seed,
        })
    }

    /// Trains on one batch.
    pub(crate) fn train_on_batch(
        &mut self,
        id: StepId,
        batch: Batch,
    ) -> Result<PendingLoss<B::InnerBackend>, Error> {
        let count = batch.count;
        let mut parts = Vec::with_capacity(self.devices.len());
        let mut gradients = GradientsAccumulator::new();
        // A seed for each step: a resumed training draws the same dropout as an uninterrupted one.
        let step_seed = Random::stream(self.seed, &[DROPOUT, id.epoch, id.step]).bits();
        for output in self.run_parts(split_batch(batch, self.shapes, self.devices, step_seed)?) {
            let PartLoss { share, loss, .. } = output.item;
            let loss =
                loss.map_err(|message| id.network_error(self.shapes.input, count, message))?;
            parts.push((share, loss));
            gradients.accumulate(&self.learner.model(), output.grads);
        }
        self.learner.lr_step();
        self.learner.optimizer_step(gradients.grads());
        Ok(PendingLoss { id, count, parts })
    }

    /// The losses and gradients of all parts, on the main device and in the order of the parts.
    fn run_parts(&self, parts: Vec<BatchPart<B>>) -> Vec<TrainOutput<PartLoss<B::InnerBackend>>> {
        let Some(workers) = &self.workers else {
            return parts
                .into_iter()
                .map(|part| self.learner.train_step(part))
                .collect();
        };
        // burn-train takes a loader for every device; a small last batch leaves some of them without a part.
        let mut parts: Vec<_> = parts.into_iter().map(Some).collect();
        parts.resize_with(self.devices.len(), || None);
        let mut loaders: Vec<_> = parts.into_iter().map(SinglePartLoader::boxed).collect();
        let model = self.learner.model();
        let (outputs, _) = workers.step(&mut loaders, &model);
        let mut outputs: Vec<_> = outputs.into_iter().map(|output| output.output).collect();
        // They arrive in the order in which the devices finish. Float sums depend on the order of their terms, so it is
        // restored before the gradients are accumulated.
        outputs.sort_by_key(|output| output.item.index);
        for output in &mut outputs {
            output.grads = take(&mut output.grads).to_device(self.main_device, &model);
        }
        outputs
    }

    /// Moves the network back to the main device after steps on several devices.
    pub(crate) fn move_to_main_device(&mut self) {
        if self.workers.is_some() {
            self.learner.fork(self.main_device);
        }
    }

    /// The network without autodiff, as it is measured and scored with.
    pub(crate) fn inference_model(&self) -> Trainable<B::InnerBackend, M::InnerModule> {
        self.learner.model().valid()
    }

    /// The loss of an inference model on one batch; nothing is trained.
    pub(crate) fn measure_loss(
        &self,
        network: &Trainable<B::InnerBackend, M::InnerModule>,
        id: StepId,
        batch: Batch,
    ) -> Result<f64, Error> {
        let count = batch.count;
        let mut loss = 0.0;
        // One device gives one part. Inference draws nothing, so that any seed will do.
        for part in split_batch::<B::InnerBackend>(batch, self.shapes, &self.devices[..1], 0)? {
            let value = InferenceStep::step(network, part)
                .loss
                .and_then(|loss| catch_panic(|| loss.into_scalar().elem::<f64>()));
            loss += value.map_err(|message| id.network_error(self.shapes.input, count, message))?;
        }
        Ok(loss)
    }

    pub(crate) fn network(&self) -> M {
        self.learner.model().network
    }

    pub(crate) fn network_to_bytes(&self) -> Result<Vec<u8>, Error> {
        record_to_bytes::<B, _>("network's weights", self.network().into_record())
    }

    pub(crate) fn optimiser_to_bytes(&self) -> Result<Vec<u8>, Error> {
        record_to_bytes::<B, _>("optimiser's state", self.optimiser.to_record())
    }

    pub(crate) fn load_network(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.learner.load_model(record_from_bytes::<B, _>(
            "network's weights",
            bytes,
            self.main_device,
        )?);
        Ok(())
    }

    pub(crate) fn load_optimiser(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.learner.load_optim(record_from_bytes::<B, _>(
            "optimiser's state",
            bytes,
            self.main_device,
        )?);
        Ok(())
    }
}

/// Splits a batch into equal parts, one for each device; into fewer when there are fewer examples than devices.
fn split_batch<B: Backend>(
    batch: Batch,
    shapes: ExampleShapes,
    devices: &[B::Device],
    step_seed: u64,
) -> Result<Vec<BatchPart<B>>, Error> {
    let Batch {
        count,
        inputs,
        targets,
    } = batch;
    if let [device] = devices {
        // The usual case moves the values instead of copying them.
        let inputs = clips_to_tensor(inputs, count, shapes.input, device)?;
        let targets = clips_to_tensor(targets, count, shapes.target, device)?;
        return Ok(vec![BatchPart {
            index: 0,
            share: 1.0,
            inputs,
            targets,
            stream: part_stream(step_seed, 0),
        }]);
    }
    let parts = devices.len().min(count);
    devices[..parts]
        .iter()
        .enumerate()
        .map(|(index, device)| {
            // Parts of nearly equal size: for 10 examples on 4 devices 2, 3, 2 and 3.
            let range = index * count / parts..(index + 1) * count / parts;
            let share = range.len() as f64 / count as f64;
            let part_inputs = copy_examples(&inputs, count, &range);
            let part_targets = copy_examples(&targets, count, &range);
            Ok(BatchPart {
                index,
                share,
                inputs: clips_to_tensor(part_inputs, range.len(), shapes.input, device)?,
                targets: clips_to_tensor(part_targets, range.len(), shapes.target, device)?,
                stream: part_stream(step_seed, index),
            })
        })
        .collect()
}

/// The random stream of one part: what a device draws does not depend on how far the others are.
fn part_stream(step_seed: u64, index: usize) -> Random {
    Random::stream(step_seed, &[index as u64])
}

/// The values of the examples in `range`, of `count` examples in all.
fn copy_examples(values: &[f32], count: usize, range: &Range<usize>) -> Vec<f32> {
    let example = values.len() / count;
    values[range.start * example..range.end * example].to_vec()
}

/// A data loader of one part or none: what one device computes in one step.
struct SinglePartLoader<T>(Option<T>);

impl<T: 'static> SinglePartLoader<T> {
    fn boxed(part: Option<T>) -> Box<dyn DataLoaderIterator<T>> {
        Box::new(Self(part))
    }
}

impl<T> Iterator for SinglePartLoader<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T> DataLoaderIterator<T> for SinglePartLoader<T> {
    /// Unused: the training reports its own progress.
    fn progress(&self) -> Progress {
        Progress::new(0, 0)
    }
}
