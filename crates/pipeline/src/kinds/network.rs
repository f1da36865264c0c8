use std::time::Instant;

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use oddframe_clips::{ClipSet, Examples, NetworkScorer};
use oddframe_core::{
    Align, ClipShape, Error, FrameInput, FrameSource, ModelFolder, Observer, Scale, Scorer,
    SharedError, StreamInfo, System, remove_file_if_present,
};
use oddframe_models::{Model, ModelConfig, Network};
use oddframe_nn::{Kernels, Reconstruct, WeightNames, load_weights, parameter_count, save_weights};
use oddframe_train::{Fitted, Keep, Trainer, measure_trivial_errors};
use serde_json::json;

use super::NetworkSettings;
use crate::TrainingRecord;
use crate::files::write_json;

/// The trained weights in the model folder.
const WEIGHTS: &str = "weights.bpk";
/// How the training went: see [`TrainingRecord`].
pub(crate) const TRAINING: &str = "training.json";
/// The state between two epochs, which a training that was stopped resumes from.
const CHECKPOINT: &str = "checkpoint";

/// A reconstruction or prediction network as a [`System`]: clips of normal video train it, and its errors on other video
/// are scores.
#[derive(Debug, Clone)]
pub(crate) struct NetworkSystem<B: Kernels> {
    settings: NetworkSettings<ModelConfig>,
    input: FrameInput,
    clip: ClipShape,
    seed: u64,
    device: B::Device,
}

impl<B: Kernels> NetworkSystem<B> {
    /// Checks the settings and builds the system.
    ///
    /// # Errors
    /// When a value is out of range, the network cannot take such clips, the input does not fit the range of the network's
    /// output, or the windows ask for scores that the network cannot give.
    pub(crate) fn new(
        mut settings: NetworkSettings<ModelConfig>,
        seed: u64,
        device: B::Device,
    ) -> Result<Self, SharedError> {
        check_ranges(&settings)?;
        let input = settings.frame_input()?;
        check_input_scale(&settings, input.scale())?;
        // SSIM depends on the range of the frames, which a recipe can choose where the output has no bounds.
        if let ModelConfig::Unet(config) = settings.model {
            settings.model = config.with_frame_scale(input.scale()).into();
        }
        let clip = input.clip(settings.window.frames)?;
        let network: Model<B> = settings.model.init(clip, &device)?;
        // A predictor gives its own version of some frames only. Windows that ask for a score of every frame
        // need a network that reconstructs the whole clip.
        let predicted = network.predicted_frames(clip.frames);
        if settings.window.align == Align::Every && predicted != (0..clip.frames) {
            let (first, last) = (predicted.start, predicted.end - 1);
            return Err(oddframe_clips::Error::PartialPrediction {
                first,
                last,
                frames: clip.frames,
            }
            .into());
        }
        // Built to be checked, then dropped: a bad value is reported before anything is trained.
        settings.score_options()?;
        settings.window.training_windows()?;
        settings.train.augmentation(input.scale(), seed)?;
        Ok(Self {
            settings,
            input,
            clip,
            seed,
            device,
        })
    }

    /// The clips that the network is trained on, and those kept for validation.
    fn training_clips<'a>(
        &self,
        normal: &[&'a dyn FrameSource],
        predicted: std::ops::Range<usize>,
    ) -> Result<(ClipSet<'a>, Option<ClipSet<'a>>), SharedError> {
        let train = &self.settings.train;
        let windows = self.settings.window.training_windows()?;
        let mut clips =
            ClipSet::new(normal, self.input, windows)?.with_predicted_frames(predicted)?;
        if let Some(augmentation) = train.augmentation(self.input.scale(), self.seed)? {
            clips = clips.with_augment(augmentation, train.target);
        }
        if train.validation == 0.0 {
            return Ok((clips, None));
        }
        // The members of an ensemble share the split, so that they differ in their networks alone.
        let (trained, validated) = clips.split(train.validation, 0)?;
        Ok((trained, Some(validated)))
    }

    fn fit_network(
        &self,
        normal: &[&dyn FrameSource],
        folder: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), SharedError> {
        let started = Instant::now();
        let network: Model<Autodiff<B>> = self.settings.model.init(self.clip, &self.device)?;
        let (clips, validation) =
            self.training_clips(normal, network.predicted_frames(self.clip.frames))?;
        let validation = validation.as_ref().map(|clips| clips as &dyn Examples);
        let options = self.settings.train.fit_options(self.seed);
        let devices = [self.device.clone()];
        let checkpoint = folder.file(CHECKPOINT);
        let fitted = Trainer::<Autodiff<B>>::new(options, &devices)?
            .with_validation(validation)
            .with_checkpoint(Some(&checkpoint))
            .fit(network, &clips, observer)?;
        // Without autodiff: the errors are measured as scoring will measure them.
        let Fitted {
            model,
            epochs,
            best_epoch,
            ..
        } = fitted;
        let network = model.valid();
        let errors =
            measure_trivial_errors::<B, _>(&network, &clips, self.settings.train.batch, observer)?;
        // Weights and record are written before the checkpoint is removed. When the process is killed in
        // between, the next run finds the finished training in the checkpoint and writes both again.
        save_weights(&network, folder.file(WEIGHTS))?;
        let last_epoch = epochs.last().map_or(0, |epoch| epoch.epoch);
        let record = TrainingRecord {
            seed: self.seed,
            parameters: parameter_count(&network),
            clips: clips.len(),
            kept_epoch: if self.settings.train.keep == Keep::Best {
                best_epoch
            } else {
                last_epoch
            },
            epochs,
            errors,
            seconds: started.elapsed().as_secs_f64(),
        };
        write_json(&folder.file(TRAINING), &record)?;
        // The checkpoint holds the optimiser's state too: several times the size of the weights.
        Ok(remove_file_if_present(&checkpoint)?)
    }

    fn open_network(&self, folder: &ModelFolder) -> Result<NetworkScorer, SharedError> {
        let network: Model<B> = self.settings.model.init(self.clip, &self.device)?;
        let path = folder.file(WEIGHTS);
        let network = load_weights(network, &path, &WeightNames::default())?.to_inference()?;
        // The network is converted to its inference form once per opening: batch normalisation is folded into the
        // weights, which are packed for the kernels.
        let scorer = NetworkScorer::new(network, self.settings.score_options()?)?;
        // Two systems that open the same file share one run of the network.
        Ok(scorer.with_model_key(path.display().to_string()))
    }
}

impl<B: Kernels> System for NetworkSystem<B> {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        self.fit_network(normal, model, observer)
            .map_err(|error| core_error(self.settings.model.kind(), error))
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        match self.open_network(model) {
            Ok(scorer) => Ok(Box::new(scorer)),
            Err(error) => Err(core_error(self.settings.model.kind(), error)),
        }
    }

    fn check_video(&self, info: &StreamInfo) -> Result<(), Error> {
        Ok(self.settings.score_options()?.check_video(info)?)
    }

    fn training_key(&self) -> Option<String> {
        // Everything that changes the trained weights, as text. The settings of scoring are left out: two systems
        // that differ in them alone share one training.
        let settings = &self.settings;
        // The stride of scoring does not change what is learned.
        let window = super::WindowSettings {
            stride: 1,
            ..settings.window
        };
        Some(
            json!([
                settings.model,
                settings.input,
                window,
                settings.train,
                self.seed
            ])
            .to_string(),
        )
    }
}

/// An error of this workspace as core's; a cancellation stays one.
fn core_error(kind: &'static str, error: SharedError) -> Error {
    // Errors arrive as trait objects from several crates. Unwrapping those of core and of training first
    // preserves `Interrupted`, which every layer has to pass up unchanged.
    let error = match error.downcast::<Error>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    match error.downcast::<oddframe_train::Error>() {
        Ok(error) => (*error).into(),
        Err(source) => Error::System {
            system: kind,
            source,
        },
    }
}

/// Refuses numbers outside their range.
fn check_ranges(settings: &NetworkSettings<ModelConfig>) -> Result<(), SharedError> {
    settings
        .train
        .fit_options(0)
        .check()
        .map_err(|error| format!("train: {error}"))?;
    // Zero means no validation set. One would leave nothing to train on.
    let share = settings.train.validation;
    if !(0.0..1.0).contains(&share) {
        return Err(
            format!("train.validation is {share}; it must be 0 or above, and below 1").into(),
        );
    }
    if settings.score.batch == 0 {
        return Err("score.batch is 0; it must be at least 1".into());
    }
    Ok(())
}

/// Refuses an input whose values the output of the network cannot reach: its error would never become small.
fn check_input_scale(
    settings: &NetworkSettings<ModelConfig>,
    scale: Scale,
) -> Result<(), SharedError> {
    if settings.model.supports_scale(scale) {
        return Ok(());
    }
    let reached = settings.model.input_scale();
    let kind = settings.model.kind();
    Err(format!(
        "input.scale is `{}`, but the output of {kind} reaches `{}` with its last activation; leave input.scale out, or \
         change model.last",
        scale_name(scale),
        scale_name(reached)
    )
    .into())
}

fn scale_name(scale: Scale) -> &'static str {
    match scale {
        Scale::Unit => "unit",
        Scale::Signed => "signed",
    }
}
