use std::fs;
use std::path::Path;

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use oddframe_core::{
    Error as CoreError, FrameInput, FrameSource, ModelFolder, Observer, Repair, Repairer,
    remove_file_if_present, write_atomically,
};
use oddframe_nn::{Kernels, WeightNames, load_weights, save_weights};
use oddframe_train::EpochLoss;
use serde::{Deserialize, Serialize};

use crate::examples::FlipExamples;
use crate::fit::fit_on_examples;
use crate::repairer::FlipRepairer;
use crate::{Error, FlipInference, FlipNet, FlipSettings};

/// The trained weights in the model folder.
const WEIGHTS: &str = "weights.bpk";
/// How the training went: see [`FlipTraining`].
const TRAINING: &str = "training.json";
/// The state between two epochs, which a training that was stopped resumes from.
const CHECKPOINT: &str = "checkpoint";
/// Below this accuracy a classifier is little better than guessing, and its repairs do more harm than good.
const LEAST_USABLE_ACCURACY: f64 = 0.75;

/// How the training of a flip classifier went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlipTraining {
    /// The losses of every epoch.
    pub(crate) epochs: Vec<EpochLoss>,
    /// The share of the training frames, upright and flipped, that the classifier gets right.
    pub(crate) accuracy: f64,
}

/// Finds frames that are upside down with a classifier that labels its own training frames: each one as it is, and flipped.
#[derive(Debug, Clone)]
pub struct FlipRepair<B: Kernels> {
    settings: FlipSettings,
    seed: u64,
    input: FrameInput,
    device: B::Device,
}

impl<B: Kernels> FlipRepair<B> {
    /// Checks the settings and builds the repair.
    ///
    /// # Errors
    /// When a value is out of its range.
    pub fn new(settings: FlipSettings, seed: u64, device: B::Device) -> Result<Self, Error> {
        settings.check()?;
        let input = settings.model.input()?;
        Ok(Self {
            settings,
            seed,
            input,
            device,
        })
    }

    fn fit_classifier(
        &self,
        normal: &[&dyn FrameSource],
        folder: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let examples = FlipExamples::from_prepared(normal, self.input, observer)?;
        let options = self.settings.fit_options(self.seed);
        let devices = [self.device.clone()];
        let checkpoint = folder.file(CHECKPOINT);
        let net: FlipNet<Autodiff<B>> = self.settings.model.init(&self.device)?;
        let (fitted, accuracy) = fit_on_examples::<Autodiff<B>>(
            net,
            &examples,
            &options,
            &devices,
            Some(&checkpoint),
            observer,
        )?;
        // The order makes an interruption harmless: the weights first, then the file that `open` reads first, and the
        // checkpoint is removed last. Until then a repeated `fit` resumes from it.
        save_weights(&fitted.model.valid(), folder.file(WEIGHTS))?;
        write_training(
            &folder.file(TRAINING),
            &FlipTraining {
                epochs: fitted.epochs,
                accuracy,
            },
        )?;
        remove_file_if_present(&checkpoint).map_err(Error::io(&checkpoint))
    }

    fn open_classifier(&self, folder: &ModelFolder) -> Result<FlipRepairer, Error> {
        // Decided when the folder is opened and not when it is fitted, so that `allow_weak` can be set without a new
        // training.
        let FlipTraining { accuracy, .. } = read_training(&folder.file(TRAINING))?;
        if accuracy < LEAST_USABLE_ACCURACY && !self.settings.allow_weak {
            return Err(Error::WeakClassifier {
                accuracy,
                least: LEAST_USABLE_ACCURACY,
            });
        }
        let net: FlipNet<B> = self.settings.model.init(&self.device)?;
        let net = load_weights(net, folder.file(WEIGHTS), &WeightNames::default())?;
        FlipRepairer::new(
            Box::new(FlipInference::new(&net)?),
            self.settings.decision_options(),
        )
    }
}

impl<B: Kernels> Repair for FlipRepair<B> {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), CoreError> {
        Ok(self.fit_classifier(normal, model, observer)?)
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Repairer>, CoreError> {
        Ok(Box::new(self.open_classifier(model)?))
    }
}

fn write_training(path: &Path, training: &FlipTraining) -> Result<(), Error> {
    let text =
        serde_json::to_string_pretty(training).map_err(|error| Error::io(path)(error.into()))?;
    write_atomically(path, |file| writeln!(file, "{text}")).map_err(Error::io(path))
}

fn read_training(path: &Path) -> Result<FlipTraining, Error> {
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    serde_json::from_str(&text).map_err(|error| Error::io(path)(error.into()))
}
