//! Training a network and opening it again: what the systems on frames, on optical flow and on features share.

use std::ops::Range;
use std::time::Instant;

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use oddframe_clips::{ClipScorer, ClipSet, Examples};
use oddframe_core::{
    Align, ClipShape, Error, ModelFolder, Observer, SharedError, remove_file_if_present,
};
use oddframe_models::{Model, ModelConfig, Network};
use oddframe_nn::{
    Kernels, LayerRange, Reconstruct, WeightNames, load_weights, parameter_count, save_weights,
};
use oddframe_train::{EpochLoss, Fitted, Keep, Trainer, TrivialErrors, measure_trivial_errors};
use serde::{Deserialize, Serialize};

use super::{Precision, TrainSettings};
use crate::files::{read_json, write_json};

/// The trained weights in the model folder.
const WEIGHTS: &str = "weights.bpk";
/// The range of what each layer receives on training clips: what 8-bit integers need.
const RANGES: &str = "ranges.json";
/// The number of clips that the ranges are measured on at most.
const MEASURED_CLIPS: usize = 128;
/// How the training went: see [`TrainingRecord`].
pub(crate) const TRAINING: &str = "training.json";
/// The state between two epochs, which a training that was stopped resumes from.
const CHECKPOINT: &str = "checkpoint";

/// How the training of one network went: `training.json` in its model folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecord {
    /// The seed.
    pub seed: u64,
    /// The number of trained parameters.
    pub parameters: usize,
    /// The number of training clips.
    pub clips: usize,
    /// The losses of every epoch.
    pub epochs: Vec<EpochLoss>,
    /// The epoch whose weights are kept.
    pub kept_epoch: u64,
    /// The error of the network and two trivial errors: predicting zeros and predicting the mean frame.
    pub errors: TrivialErrors,
    /// How long the training took; the last part of one that was resumed.
    pub seconds: f64,
}

/// A network of a recipe, and how it is trained.
#[derive(Debug, Clone)]
pub(super) struct NetworkTraining<B: Kernels> {
    pub(super) model: ModelConfig,
    pub(super) clip: ClipShape,
    pub(super) train: TrainSettings,
    pub(super) seed: u64,
    pub(super) device: B::Device,
}

impl<B: Kernels> NetworkTraining<B> {
    /// Checks that the network can take such clips, that it predicts the frames that windows with `align` score, and that it
    /// can score in this precision.
    pub(super) fn check(&self, align: Align, precision: Precision) -> Result<(), SharedError> {
        // Built to be checked, then dropped: a bad value is reported before anything is trained.
        let network: Model<B> = self.model.init(self.clip, &self.device)?;
        // A predictor gives its own version of some frames only. Windows that ask for a score of every frame
        // need a network that reconstructs the whole clip.
        let frames = self.clip.frames;
        check_predicted_frames(align, &network.predicted_frames(frames), frames)?;
        let (name, found) = match precision {
            Precision::F32 => return Ok(()),
            Precision::Bf16 => ("bf16", network.to_bf16_inference().map(|_| ())),
            Precision::Int8 => {
                let kind = self.model.kind();
                let recording = network.to_recording_inference()?.map(|_| ());
                (
                    "int8",
                    recording.ok_or(oddframe_models::Error::NoInt8 { kind }),
                )
            }
        };
        found.map_err(|source| format!("score.precision is `{name}`, but {source}").into())
    }

    /// Trains the network on clips, and leaves its weights and the record of the training in the folder. A training that
    /// was stopped is resumed.
    pub(super) fn fit(
        &self,
        clips: ClipSet<'_>,
        folder: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), SharedError> {
        let started = Instant::now();
        let network: Model<Autodiff<B>> = self.model.init(self.clip, &self.device)?;
        let clips = clips.with_predicted_frames(network.predicted_frames(self.clip.frames))?;
        let (clips, validation) = self.split_clips(clips)?;
        let validation = validation.as_ref().map(|clips| clips as &dyn Examples);
        let options = self.train.fit_options(self.seed);
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
        let errors = measure_trivial_errors::<B, _>(&network, &clips, self.train.batch, observer)?;
        // Weights and record are written before the checkpoint is removed. When the process is killed in
        // between, the next run finds the finished training in the checkpoint and writes both again.
        save_weights(&network, folder.file(WEIGHTS))?;
        self.record_ranges(&network, &clips, folder)?;
        let last_epoch = epochs.last().map_or(0, |epoch| epoch.epoch);
        let record = TrainingRecord {
            seed: self.seed,
            parameters: parameter_count(&network),
            clips: clips.len(),
            kept_epoch: if self.train.keep == Keep::Best {
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

    /// Measures the range of what each layer receives, which 8-bit integers need, on some of the training clips. Systems
    /// that score in different precisions share one training, so it is measured for every network that has such a form.
    fn record_ranges(
        &self,
        network: &Model<B>,
        clips: &ClipSet<'_>,
        folder: &ModelFolder,
    ) -> Result<(), SharedError> {
        let Some((mut scorer, record)) = network.to_recording_inference()? else {
            return Ok(());
        };
        let clip_len = self.clip.frames * self.clip.frame_values();
        let chosen = clips.len().min(MEASURED_CLIPS);
        let batch = self.train.batch.min(chosen);
        let mut inputs = vec![0.0; batch * clip_len];
        let target = clips.target_shape();
        let mut target = vec![0.0; target.frames * target.frame_values()];
        let frames = scorer.predicted_frames().len();
        let mut predictions = vec![0.0; batch * frames * self.clip.frame_values()];
        let places: Vec<usize> = (0..chosen).map(|at| at * clips.len() / chosen).collect();
        for places in places.chunks(batch) {
            for (place, input) in places.iter().zip(inputs.chunks_exact_mut(clip_len)) {
                // Epoch 0 is without augmentation.
                clips.write_example(0, *place, input, &mut target)?;
            }
            let count = places.len();
            let predictions = &mut predictions[..count * frames * self.clip.frame_values()];
            scorer.reconstruct(&inputs[..count * clip_len], count, predictions)?;
        }
        Ok(write_json(&folder.file(RANGES), &record.ranges())?)
    }

    /// The clips that the network is trained on, and those kept for validation.
    fn split_clips<'a>(
        &self,
        clips: ClipSet<'a>,
    ) -> Result<(ClipSet<'a>, Option<ClipSet<'a>>), SharedError> {
        if self.train.validation == 0.0 {
            return Ok((clips, None));
        }
        // The members of an ensemble share the split, so that they differ in their networks alone.
        let (trained, validated) = clips.split(self.train.validation, 0)?;
        Ok((trained, Some(validated)))
    }

    /// The trained network in its inference form, and a key that is equal for systems that open the same file.
    ///
    /// The network is converted once per opening: batch normalisation is folded into the weights, which are packed for the
    /// kernels.
    pub(super) fn open(
        &self,
        folder: &ModelFolder,
        precision: Precision,
    ) -> Result<(Box<dyn ClipScorer>, String), SharedError> {
        let network: Model<B> = self.model.init(self.clip, &self.device)?;
        let path = folder.file(WEIGHTS);
        let network = load_weights(network, &path, &WeightNames::default())?;
        match precision {
            Precision::F32 => Ok((network.to_inference()?, path.display().to_string())),
            Precision::Bf16 => {
                let scorer = network.to_bf16_inference()?;
                Ok((
                    scorer,
                    format!("{} with weights in 16 bits", path.display()),
                ))
            }
            Precision::Int8 => {
                let ranges = folder.file(RANGES);
                if !folder.has(RANGES) {
                    return Err(format!(
                        "{}: no such file; score.precision = \"int8\" needs the ranges of the layers, which training on the \
                         device `flex` leaves there: train the model again",
                        ranges.display()
                    )
                    .into());
                }
                let ranges: Vec<LayerRange> = read_json(&ranges)?;
                let scorer = network.to_int8_inference(&ranges)?;
                Ok((scorer, format!("{} in 8-bit integers", path.display())))
            }
        }
    }
}

/// An error of this workspace as core's; a cancellation stays one.
pub(super) fn core_error(kind: &'static str, error: SharedError) -> Error {
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

/// Refuses augmentation of training frames for a network that learns from `input`, which is computed from frames beforehand.
pub(super) fn refuse_augmentation(train: &TrainSettings, input: &str) -> Result<(), SharedError> {
    let field = match (&train.noise, &train.flip) {
        (Some(_), _) => "noise",
        (None, Some(_)) => "flip",
        (None, None) => return Ok(()),
    };
    Err(
        format!("train.{field} changes frames, and this network learns from {input}; leave it out")
            .into(),
    )
}

/// Refuses windows that score every frame of a clip when the network predicts some of them only.
fn check_predicted_frames(
    align: Align,
    predicted: &Range<usize>,
    frames: usize,
) -> Result<(), SharedError> {
    if align != Align::Every || *predicted == (0..frames) {
        return Ok(());
    }
    Err(oddframe_clips::Error::PartialPrediction {
        first: predicted.start,
        last: predicted.end - 1,
        frames,
    }
    .into())
}

/// Refuses numbers outside their range.
pub(super) fn check_ranges(train: &TrainSettings, score_batch: usize) -> Result<(), SharedError> {
    train
        .fit_options(0)
        .check()
        .map_err(|error| format!("train: {error}"))?;
    // Only `patience` uses it, but a wrong value is a mistake without it too.
    let delta = train.delta;
    if !(delta >= 0.0 && delta.is_finite()) {
        return Err(format!("train.delta is {delta}; it must be at least 0 and finite").into());
    }
    // Zero means no validation set. One would leave nothing to train on.
    let share = train.validation;
    if !(0.0..1.0).contains(&share) {
        return Err(
            format!("train.validation is {share}; it must be 0 or above, and below 1").into(),
        );
    }
    if score_batch == 0 {
        return Err("score.batch is 0; it must be at least 1".into());
    }
    Ok(())
}
