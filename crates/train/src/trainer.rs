use std::fmt;
use std::path::Path;

use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use oddframe_clips::Examples;
use oddframe_core::{Error as CoreError, Event, Observer};
use oddframe_nn::{ClipLoss, Kernels, init_seeded};

use crate::batches::ExampleShapes;
use crate::checkpoint::{read_checkpoint, write_checkpoint};
use crate::history::find_best_epoch;
use crate::identity::TrainingIdentity;
use crate::progress::Progress;
use crate::step_runner::StepRunner;
use crate::training::Training;
use crate::{EpochLoss, Error, FitOptions, Keep, StopReason};

/// Fits networks on examples of what is normal: the options, the devices, and optionally validation and a checkpoint.
///
/// The crate's [front page](crate) has an example.
pub struct Trainer<'a, B: AutodiffBackend> {
    options: FitOptions,
    devices: &'a [B::Device],
    validation: Option<&'a dyn Examples>,
    checkpoint: Option<&'a Path>,
}

/// A fitted network and how its training went.
#[derive(Debug, Clone)]
pub struct Fitted<M> {
    /// The network, with the weights that [`Keep`] selects.
    pub model: M,
    /// The losses of every epoch, those of a checkpoint included.
    pub epochs: Vec<EpochLoss>,
    /// The first epoch with the lowest loss.
    pub best_epoch: u64,
    /// Why the training ended.
    pub stop_reason: StopReason,
    /// The number of epochs that a checkpoint contained; none if there was no checkpoint.
    pub resumed_from: Option<u64>,
}

impl<'a, B: AutodiffBackend> Trainer<'a, B> {
    /// A trainer with these options.
    ///
    /// Each batch is split among the devices in equal parts; the optimiser runs on the first device.
    ///
    /// # Errors
    /// When an option is out of range, or there is no device.
    ///
    /// ```
    /// use burn::backend::{Autodiff, Flex};
    /// use oddframe_train::{Error, FitOptions, Trainer};
    /// type B = Autodiff<Flex>;
    /// assert!(Trainer::<B>::new(FitOptions::new(5, 32, 1e-3), &[Default::default()]).is_ok());
    /// let error = Trainer::<B>::new(FitOptions::new(5, 0, 1e-3), &[Default::default()]).unwrap_err();
    /// assert_eq!(error.to_string(), "the batch is 0; it must be at least 1");
    /// assert!(matches!(Trainer::<B>::new(FitOptions::new(5, 32, 1e-3), &[]), Err(Error::NoDevice)));
    /// ```
    pub fn new(options: FitOptions, devices: &'a [B::Device]) -> Result<Self, Error> {
        options.check()?;
        if devices.is_empty() {
            return Err(Error::NoDevice);
        }
        Ok(Self {
            options,
            devices,
            validation: None,
            checkpoint: None,
        })
    }

    /// Measures the loss on these examples after each epoch; early stopping and [`Keep::Best`] then use that loss.
    #[must_use]
    pub fn with_validation(self, validation: Option<&'a dyn Examples>) -> Self {
        Self { validation, ..self }
    }

    /// Writes the state of the training to this file before the first epoch and after each.
    ///
    /// A training that finds its own checkpoint resumes from it, and on a CPU gives the same bits as one that was never
    /// interrupted. A finished training returns its result again. The file is replaced atomically and never removed.
    /// Raising `epochs` continues the training; lowering it below the epochs already done is an error.
    #[must_use]
    pub fn with_checkpoint(self, checkpoint: Option<&'a Path>) -> Self {
        Self { checkpoint, ..self }
    }
}

impl<B: AutodiffBackend<InnerBackend: Kernels>> Trainer<'_, B> {
    /// Fits a network on the examples.
    ///
    /// Everything random comes from the options' seed: weights that are not initialised yet, the order of the examples,
    /// dropout. All of it is drawn on the CPU from streams of this training, so that the backend and other trainings in
    /// the same process make no difference to it. A network built in [`init_seeded`] keeps the weights of that seed.
    /// The network is copied: running statistics that `model` shares with a clone of it do not change.
    ///
    /// # Errors
    /// When there is no example, validation examples have another shape, an example cannot be read, the network does
    /// not accept a batch, a loss or a weight is NaN or infinite, the checkpoint is damaged, belongs to another
    /// training or cannot be written, or the observer cancels. The last checkpoint stays as it is.
    pub fn fit<M>(
        &self,
        model: M,
        examples: &dyn Examples,
        observer: &mut dyn Observer,
    ) -> Result<Fitted<M>, Error>
    where
        M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
    {
        let Self {
            options,
            devices,
            validation,
            checkpoint,
        } = *self;
        check_examples(examples, validation)?;
        let device = devices.first().ok_or(Error::NoDevice)?;
        // Copied through `valid` and back, because a plain clone shares the running statistics of batch normalisation.
        // The copy is also the first use of weights that are not initialised yet, which then draw from this seed.
        let network = init_seeded(options.seed, || M::from_inner(model.valid())).fork(device);
        drop(model);
        // What a checkpoint is compared with; taken before the first step changes anything.
        let identity = TrainingIdentity::of::<B>(options, &network, examples, validation);
        let runner = StepRunner::new(network, &options, devices, ExampleShapes::of(examples))?;
        let (losses, best) = (Vec::new(), Vec::new());
        let mut training = Training {
            runner,
            examples,
            validation,
            options,
            losses,
            best,
        };

        let saved = match checkpoint {
            Some(path) => read_checkpoint(path, &identity)?,
            None => None,
        };
        let resumed_from = saved.as_ref().map(|saved| saved.losses.len() as u64);
        match (saved, checkpoint) {
            (Some(saved), _) => training.resume(saved)?,
            // Written before the first epoch: initial weights survive a kill, and a path that cannot be written is
            // reported at once and not after an epoch.
            (None, Some(path)) => write_checkpoint(path, &identity, &training.state()?)?,
            (None, None) => {}
        }

        let epochs_ahead = options.epochs - training.losses.len() as u64;
        let mut progress = Progress::start(observer, examples, epochs_ahead)?;
        training.run_epochs(&mut progress, |training| match checkpoint {
            Some(path) => write_checkpoint(path, &identity, &training.state()?),
            None => Ok(()),
        })?;
        progress.report(Event::Finished)?;
        finish_training(training, resumed_from)
    }
}

/// The result of a training that has ended.
fn finish_training<B, M>(
    mut training: Training<'_, B, M>,
    resumed_from: Option<u64>,
) -> Result<Fitted<M>, Error>
where
    B: AutodiffBackend<InnerBackend: Kernels>,
    M: AutodiffModule<B, InnerModule: ClipLoss<B::InnerBackend>> + ClipLoss<B> + 'static,
{
    if training.options.keep == Keep::Best {
        let best = std::mem::take(&mut training.best);
        training.runner.load_network(best)?;
    }
    let stop_reason = if training.are_epochs_done() {
        StopReason::AllEpochs
    } else {
        StopReason::NoImprovement
    };
    Ok(Fitted {
        model: training.runner.network(),
        best_epoch: find_best_epoch(&training.losses).map_or(0, |best| best.epoch),
        epochs: training.losses,
        stop_reason,
        resumed_from,
    })
}

fn check_examples(examples: &dyn Examples, validation: Option<&dyn Examples>) -> Result<(), Error> {
    if examples.is_empty() {
        return Err(CoreError::Nothing {
            what: "example to train on",
        }
        .into());
    }
    let Some(validation) = validation else {
        return Ok(());
    };
    // An empty validation set would give a mean of no losses, which is NaN.
    if validation.is_empty() {
        return Err(CoreError::Nothing {
            what: "example to validate on",
        }
        .into());
    }
    let (validation, training) = (ExampleShapes::of(validation), ExampleShapes::of(examples));
    for (validation, training) in [
        (validation.input, training.input),
        (validation.target, training.target),
    ] {
        if validation != training {
            return Err(Error::ShapeMismatch {
                training,
                validation,
            });
        }
    }
    Ok(())
}

impl<B: AutodiffBackend> fmt::Debug for Trainer<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("options", &self.options)
            .field("devices", &self.devices)
            .field("validation", &self.validation.map(Examples::len))
            .field("checkpoint", &self.checkpoint)
            .finish()
    }
}
