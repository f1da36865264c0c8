use std::path::Path;

use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use oddframe_clips::Examples;
use oddframe_core::{Error as CoreError, Event, Observer, Random};
use oddframe_nn::{ClipLoss, Kernels};

use crate::checkpoint::{self, State};
use crate::filling::{for_each_batch, order};
use crate::history::{best, exhausted};
use crate::identity::Identity;
use crate::report::Report;
use crate::steps::{Pending, Shapes, Steps};
use crate::{Ended, EpochLoss, Error, FitOptions, Fitted, Keep, weights};

/// Fits a network on examples of what is normal.
///
/// All chance comes from the options' seed, weights that were not made yet included. With a `checkpoint`, the state is
/// written there before the first epoch and after each; a training that finds its own checkpoint goes on from it, and
/// on a CPU comes to the same bits as one that was never stopped. A finished one gives its result again. The file
/// stays.
///
/// With several devices each batch is split among them in equal parts, and the first device makes the step.
///
/// The network is a copy: running statistics that `model` shares with a clone of its own are left alone.
///
/// # Errors
/// When an option is out of range, there is no example or device, an example cannot be read, the network refuses a
/// batch, a loss or a weight is NaN or infinite, the checkpoint is damaged, of another training or cannot be
/// written, or the observer asks to stop; the last checkpoint is then as it was.
pub fn fit<B, M>(
    model: M,
    examples: &dyn Examples,
    validation: Option<&dyn Examples>,
    options: &FitOptions,
    devices: &[B::Device],
    checkpoint: Option<&Path>,
    watch: &mut dyn Observer,
) -> Result<Fitted<M>, Error>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    options.check()?;
    let device = devices.first().ok_or(Error::NoDevice)?;
    check(examples, validation)?;
    // Weights are made when they are first asked for: here, so that they come from the seed.
    B::seed(device, Random::stream(options.seed, &[]).bits());
    let network = M::from_inner(model.valid()).fork(device);
    drop(model);
    let training = Identity::of::<B>(*options, &network, examples, validation);
    let steps = Steps::new(network, options, devices, Shapes::of(examples))?;
    let mut fitting = Fitting { steps, examples, validation, options, best: Vec::new() };

    let saved = match checkpoint {
        Some(path) => checkpoint::read(path, &training)?,
        None => None,
    };
    let resumed_from = saved.as_ref().map(|saved| saved.losses.len() as u64);
    let mut losses = match saved {
        Some(saved) => fitting.go_on_from(saved)?,
        None => Vec::new(),
    };
    let save = |fitting: &Fitting<'_, B, M>, losses: &[EpochLoss]| match checkpoint {
        Some(path) => checkpoint::write(path, &training, &fitting.state(losses)?),
        None => Ok(()),
    };
    if resumed_from.is_none() {
        // Also tells before the first epoch, not after it, that the file cannot be written.
        save(&fitting, &losses)?;
    }

    let ahead = options.epochs - losses.len() as u64;
    let mut report = Report::start(watch, examples, ahead)?;
    while (losses.len() as u64) < options.epochs && !exhausted(&losses, options.patience) {
        let epoch = losses.len() as u64 + 1;
        let loss = fitting.epoch(epoch, &mut report)?;
        losses.push(loss);
        fitting.remember(&losses)?;
        save(&fitting, &losses)?;
        report.tell(Event::Loss { epoch, value: loss.train })?;
        if let Some(value) = loss.validation {
            report.tell(Event::ValidationLoss { epoch, value })?;
        }
    }
    report.tell(Event::Finished)?;

    let best_epoch = best(&losses).map_or(0, |best| best.epoch);
    if options.keep == Keep::Best {
        let best = std::mem::take(&mut fitting.best);
        fitting.steps.load_network(best)?;
    }
    let all = losses.len() as u64 == options.epochs;
    let ended = if all { Ended::AllEpochs } else { Ended::NoImprovement };
    Ok(Fitted { model: fitting.steps.network(), epochs: losses, best_epoch, ended, resumed_from })
}

fn check(examples: &dyn Examples, validation: Option<&dyn Examples>) -> Result<(), Error> {
    if examples.is_empty() {
        return Err(CoreError::Nothing { what: "example to train on" }.into());
    }
    let Some(validation) = validation else { return Ok(()) };
    if validation.is_empty() {
        return Err(CoreError::Nothing { what: "example to validate on" }.into());
    }
    let (there, here) = (Shapes::of(validation), Shapes::of(examples));
    for (validation, training) in [(there.seen, here.seen), (there.wanted, here.wanted)] {
        if validation != training {
            return Err(Error::OtherShape { training, validation });
        }
    }
    Ok(())
}

/// A training under way.
struct Fitting<'a, B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    steps: Steps<'a, B, M>,
    examples: &'a dyn Examples,
    validation: Option<&'a dyn Examples>,
    options: &'a FitOptions,
    /// The weights of the best epoch, where they are to be kept. As bytes: a clone of a network shares the running
    /// statistics of its batch normalisation.
    best: Vec<u8>,
}

impl<B, M> Fitting<'_, B, M>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    fn epoch(&mut self, epoch: u64, report: &mut Report<'_>) -> Result<EpochLoss, Error> {
        let FitOptions { seed, batch, .. } = *self.options;
        let order = order(self.examples.len(), seed, epoch);
        let (mut sum, mut examples, mut step) = (0.0, 0, 0);
        let mut last: Option<Pending<B::InnerBackend>> = None;
        let mut measured = |pending: Option<Pending<B::InnerBackend>>| -> Result<(), Error> {
            let Some(pending) = pending else { return Ok(()) };
            let (step, count) = (pending.step, pending.count);
            let value = pending.read(self.examples.seen(), epoch)?;
            finite("training loss", value, epoch, step, self.options)?;
            sum += value * count as f64;
            examples += count;
            report.step(count, sum / examples as f64)?;
            Ok(())
        };
        for_each_batch(self.examples, epoch, &order, batch, |filled| {
            step += 1;
            let pending = self.steps.step(epoch, step, filled)?;
            measured(last.replace(pending))
        })?;
        measured(last)?;
        let train = sum / examples as f64;
        self.steps.gather();
        let network = self.steps.evaluated();
        if !weights::finite::<B::InnerBackend>(&network) {
            return Err(Error::Weights { epoch, learning_rate: self.options.learning_rate });
        }
        let Some(validation) = self.validation else {
            return Ok(EpochLoss { epoch, train, validation: None });
        };
        let (mut sum, mut step) = (0.0, 0);
        let order: Vec<_> = (0..validation.len()).collect();
        for_each_batch(validation, 0, &order, batch, |filled| -> Result<(), Error> {
            step += 1;
            let count = filled.count;
            let value = self.steps.evaluate(&network, epoch, step, filled)?;
            finite("validation loss", value, epoch, step, self.options)?;
            sum += value * count as f64;
            // Nothing is done that was announced, but whoever wants to stop is asked.
            report.ask()
        })?;
        Ok(EpochLoss { epoch, train, validation: Some(sum / validation.len() as f64) })
    }

    /// Keeps the weights where the last epoch was the best and that is asked for.
    fn remember(&mut self, losses: &[EpochLoss]) -> Result<(), Error> {
        if self.options.keep == Keep::Best && last_is_best(losses) {
            self.best = self.steps.network_bytes()?;
        }
        Ok(())
    }

    fn state(&self, losses: &[EpochLoss]) -> Result<State, Error> {
        Ok(State {
            losses: losses.to_vec(),
            network: self.steps.network_bytes()?,
            optimiser: self.steps.optimiser_bytes()?,
            best: if last_is_best(losses) { Vec::new() } else { self.best.clone() },
        })
    }

    fn go_on_from(&mut self, state: State) -> Result<Vec<EpochLoss>, Error> {
        let State { losses, network, optimiser, best } = state;
        if self.options.keep == Keep::Best {
            self.best = if last_is_best(&losses) { network.clone() } else { best };
        }
        self.steps.load_network(network)?;
        self.steps.load_optimiser(optimiser)?;
        Ok(losses)
    }
}

fn last_is_best(losses: &[EpochLoss]) -> bool {
    best(losses).map(|best| best.epoch) == losses.last().map(|last| last.epoch)
}

fn finite(what: &'static str, value: f64, epoch: u64, step: u64, options: &FitOptions) -> Result<(), Error> {
    let learning_rate = options.learning_rate;
    if value.is_finite() { Ok(()) } else { Err(Error::NotFinite { what, value, epoch, step, learning_rate }) }
}
