//! The loop over the epochs.

use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Event};
use oddframe_nn::{ClipLoss, Kernels};

use crate::batches::{for_each_batch, shuffle_examples};
use crate::checkpoint::TrainingState;
use crate::history::{is_last_epoch_best, is_patience_exhausted};
use crate::progress::Progress;
use crate::step_runner::{PendingLoss, StepId, StepRunner};
use crate::trainable::Trainable;
use crate::weights::are_weights_finite;
use crate::{EpochLoss, Error, FitOptions, Keep};

/// A training in progress.
pub(crate) struct Training<'a, B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    pub(crate) runner: StepRunner<'a, B, M>,
    pub(crate) examples: &'a dyn Examples,
    pub(crate) validation: Option<&'a dyn Examples>,
    pub(crate) options: FitOptions,
    /// The losses of the epochs done, those of a checkpoint included.
    pub(crate) losses: Vec<EpochLoss>,
    /// The weights of the best epoch with [`Keep::Best`]. As bytes, because a clone of a network shares the running
    /// statistics of its batch normalisation, and later epochs would change them.
    pub(crate) best: Vec<u8>,
}

impl<B, M> Training<'_, B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    /// Trains until all epochs are done or the patience is exhausted; calls `save` after each epoch.
    pub(crate) fn run_epochs(
        &mut self,
        progress: &mut Progress<'_>,
        mut save: impl FnMut(&Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        while !self.are_epochs_done() && !is_patience_exhausted(&self.losses, self.options.patience)
        {
            let epoch = self.losses.len() as u64 + 1;
            let loss = self.run_epoch(epoch, progress)?;
            // The history comes first: whether this epoch is the best is decided from it.
            self.losses.push(loss);
            if self.options.keep == Keep::Best && is_last_epoch_best(&self.losses) {
                self.best = self.runner.network_to_bytes()?;
            }
            // Saved before it is reported: an epoch that the observer has seen is never trained again.
            save(self)?;
            progress.report(Event::Loss {
                epoch,
                value: loss.train,
            })?;
            if let Some(value) = loss.validation {
                progress.report(Event::ValidationLoss { epoch, value })?;
            }
        }
        Ok(())
    }

    pub(crate) fn are_epochs_done(&self) -> bool {
        self.losses.len() as u64 >= self.options.epochs
    }

    fn run_epoch(&mut self, epoch: u64, progress: &mut Progress<'_>) -> Result<EpochLoss, Error> {
        let train = self.train_epoch(epoch, progress)?;
        self.runner.move_to_main_device();
        let network = self.runner.inference_model();
        // The last step follows the last loss: weights that it made NaN would otherwise be saved unnoticed.
        if !are_weights_finite::<B::InnerBackend>(&network) {
            return Err(Error::NonFiniteWeights {
                epoch,
                learning_rate: self.options.learning_rate,
            });
        }
        let validation = match self.validation {
            Some(examples) => Some(self.measure_validation(&network, examples, epoch, progress)?),
            None => None,
        };
        Ok(EpochLoss {
            epoch,
            train,
            validation,
        })
    }

    /// Trains on all examples once and returns the mean loss.
    fn train_epoch(&mut self, epoch: u64, progress: &mut Progress<'_>) -> Result<f64, Error> {
        let FitOptions { seed, batch, .. } = self.options;
        let order = shuffle_examples(self.examples.len(), seed, epoch);
        let mut mean = LossMean {
            input: self.examples.input_shape(),
            options: self.options,
            sum: 0.0,
            examples: 0,
        };
        let mut step = 0;
        let mut previous: Option<PendingLoss<B::InnerBackend>> = None;
        for_each_batch(self.examples, epoch, &order, batch, |batch| {
            step += 1;
            let pending = self.runner.train_on_batch(StepId { epoch, step }, batch)?;
            // The loss of step n is read once step n+1 is queued, so that the device never waits for the host.
            match previous.replace(pending) {
                Some(previous) => mean.add(previous, progress),
                None => Ok(()),
            }
        })?;
        if let Some(last) = previous {
            mean.add(last, progress)?;
        }
        Ok(mean.value())
    }

    /// The mean loss over the validation examples.
    fn measure_validation(
        &self,
        network: &Trainable<B::InnerBackend, M::InnerModule>,
        examples: &dyn Examples,
        epoch: u64,
        progress: &mut Progress<'_>,
    ) -> Result<f64, Error> {
        let (mut sum, mut step) = (0.0, 0);
        let order: Vec<_> = (0..examples.len()).collect();
        // Epoch 0 of the examples has no augmentation: the loss is measured on the same values after every epoch.
        for_each_batch(
            examples,
            0,
            &order,
            self.options.batch,
            |batch| -> Result<(), Error> {
                step += 1;
                let id = StepId { epoch, step };
                let count = batch.count;
                let value = self.runner.measure_loss(network, id, batch)?;
                require_finite_loss("validation loss", value, id, &self.options)?;
                sum += value * count as f64;
                progress.poll_cancellation()
            },
        )?;
        Ok(sum / examples.len() as f64)
    }

    /// Everything a checkpoint stores.
    pub(crate) fn state(&self) -> Result<TrainingState, Error> {
        // When the last epoch is the best, its weights are stored once.
        let best = if is_last_epoch_best(&self.losses) {
            Vec::new()
        } else {
            self.best.clone()
        };
        Ok(TrainingState {
            losses: self.losses.clone(),
            network: self.runner.network_to_bytes()?,
            optimiser: self.runner.optimiser_to_bytes()?,
            best,
        })
    }

    /// Restores the state of a checkpoint.
    pub(crate) fn resume(&mut self, state: TrainingState) -> Result<(), Error> {
        let TrainingState {
            losses,
            network,
            optimiser,
            best,
        } = state;
        if self.options.keep == Keep::Best {
            // The file holds these weights once where the last epoch is the best: see `state`.
            self.best = if is_last_epoch_best(&losses) {
                network.clone()
            } else {
                best
            };
        }
        self.losses = losses;
        self.runner.load_network(network)?;
        self.runner.load_optimiser(optimiser)
    }
}

/// The mean training loss of an epoch so far.
struct LossMean {
    input: ClipShape,
    options: FitOptions,
    sum: f64,
    examples: usize,
}

impl LossMean {
    fn add<B: Kernels>(
        &mut self,
        pending: PendingLoss<B>,
        progress: &mut Progress<'_>,
    ) -> Result<(), Error> {
        let (id, count) = (pending.id, pending.count);
        let value = pending.read(self.input)?;
        require_finite_loss("training loss", value, id, &self.options)?;
        // Weighted by the batch's size: the last batch of an epoch may be smaller.
        self.sum += value * count as f64;
        self.examples += count;
        progress.report_step(count, self.value())
    }

    fn value(&self) -> f64 {
        self.sum / self.examples as f64
    }
}

fn require_finite_loss(
    what: &'static str,
    value: f64,
    StepId { epoch, step }: StepId,
    options: &FitOptions,
) -> Result<(), Error> {
    let learning_rate = options.learning_rate;
    if value.is_finite() {
        Ok(())
    } else {
        Err(Error::NonFiniteLoss {
            what,
            value,
            epoch,
            step,
            learning_rate,
        })
    }
}
