//! All that is done on a device: the one place where backends have a name.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use oddframe_clips::{ClipScorer, ClipSet, Examples, FrameStore};
use oddframe_core::{FrameSource, Observer, SharedError};
use oddframe_flip::{FlipExamples, FlipJudge, FlipNet, Judge};
use oddframe_models::{Model, Network};
use oddframe_nn::{
    DeviceName, ErrorMapper, Kernels, OnBackend, WeightNames, load_weights, parameter_count, save_weights,
};
use oddframe_train::{EpochLoss, Fitted, Keep, fit, yardsticks};

use crate::recipe::FlipRecipe;
use crate::{Error, SystemRecipe, Training};

/// A device, ready to train and to score on.
#[derive(Debug)]
pub struct Engine {
    name: String,
    networks: Box<dyn Networks>,
}

impl Engine {
    /// The device of this name.
    ///
    /// # Errors
    /// When this program was built without it, or there is no such device.
    pub fn open(name: DeviceName) -> Result<Self, Error> {
        Ok(Self { name: name.to_string(), networks: name.run(Open)? })
    }

    /// A device of a backend of your own.
    pub fn on<B: Kernels>(name: &str, device: B::Device) -> Self {
        Self { name: name.to_owned(), networks: Box::new(OnDevice::<B> { device, backend: PhantomData }) }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn networks(&self) -> &dyn Networks {
        &*self.networks
    }
}

/// What a run asks of a device. Weights pass from one to the other as files.
pub(crate) trait Networks: std::fmt::Debug {
    /// Trains a member of a system and writes its weights.
    fn fit(&self, job: Fit<'_>, watch: &mut dyn Observer) -> Result<Training, SharedError>;

    /// A trained member, ready to score.
    fn scorer(&self, system: &SystemRecipe, weights: &Path) -> Result<Box<dyn ClipScorer>, SharedError>;

    /// Trains a flip classifier and writes its weights.
    fn fit_flip(&self, job: FitFlip<'_>, watch: &mut dyn Observer) -> Result<Vec<EpochLoss>, SharedError>;

    /// A trained flip classifier.
    fn judge(&self, recipe: &FlipRecipe, weights: &Path) -> Result<Box<dyn Judge>, SharedError>;
}

/// A member of a system to train.
pub(crate) struct Fit<'a> {
    pub(crate) system: &'a SystemRecipe,
    pub(crate) seed: u64,
    pub(crate) frames: Arc<FrameStore<'a>>,
    pub(crate) checkpoint: &'a Path,
    pub(crate) weights: &'a Path,
}

/// A flip classifier to train.
pub(crate) struct FitFlip<'a> {
    pub(crate) recipe: &'a FlipRecipe,
    pub(crate) seed: u64,
    pub(crate) normal: &'a [&'a dyn FrameSource],
    pub(crate) checkpoint: &'a Path,
    pub(crate) weights: &'a Path,
}

struct Open;

impl OnBackend for Open {
    type Output = Box<dyn Networks>;

    fn on<B: Kernels>(self, device: B::Device) -> Box<dyn Networks> {
        Box::new(OnDevice::<B> { device, backend: PhantomData })
    }
}

#[derive(Debug)]
struct OnDevice<B: Kernels> {
    device: B::Device,
    backend: PhantomData<fn() -> B>,
}

impl<B: Kernels> Networks for OnDevice<B> {
    fn fit(&self, job: Fit<'_>, watch: &mut dyn Observer) -> Result<Training, SharedError> {
        let Fit { system, seed, frames, checkpoint, weights } = job;
        let started = Instant::now();
        let recipe = &system.train;
        let clip = system.look.look()?.clip(system.window.frames);
        let model: Model<Autodiff<B>> = system.model.init(clip, &self.device)?;
        let mut clips = ClipSet::new(frames, system.window.learned()?)?;
        clips = clips.with_explained(model.explained(clip.frames))?;
        if let Some(augment) = recipe.augment(system.look.scale, seed)? {
            clips = clips.with_augment(augment, recipe.target);
        }
        let (learned, measured) = match recipe.validation {
            0.0 => (clips, None),
            // The same videos whatever the member: members are to differ in their networks alone.
            share => clips.split(share, 0).map(|(learned, measured)| (learned, Some(measured)))?,
        };
        let validation = measured.as_ref().map(|clips| clips as &dyn Examples);
        let options = recipe.options(seed);
        let devices = [self.device.clone()];
        let Fitted { model, epochs, best_epoch, .. } =
            fit::<Autodiff<B>, _>(model, &learned, validation, &options, &devices, Some(checkpoint), watch)?;
        let model = model.valid();
        let beside = yardsticks::<B, _>(&model, &learned, recipe.batch, watch)?;
        save_weights(&model, weights)?;
        let last = epochs.last().map_or(0, |epoch| epoch.epoch);
        Ok(Training {
            seed,
            parameters: parameter_count(&model),
            clips: learned.len(),
            kept_epoch: if recipe.keep == Keep::Best { best_epoch } else { last },
            epochs,
            beside: beside.into(),
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    fn scorer(&self, system: &SystemRecipe, weights: &Path) -> Result<Box<dyn ClipScorer>, SharedError> {
        let clip = system.look.look()?.clip(system.window.frames);
        let model: Model<B> = system.model.init(clip, &self.device)?;
        Ok(load_weights(model, weights, &WeightNames::default())?.freeze()?)
    }

    fn fit_flip(&self, job: FitFlip<'_>, watch: &mut dyn Observer) -> Result<Vec<EpochLoss>, SharedError> {
        let FitFlip { recipe, seed, normal, checkpoint, weights } = job;
        let net: FlipNet<Autodiff<B>> = recipe.model.init(&self.device)?;
        let examples = FlipExamples::new(normal, recipe.model.look()?, watch)?;
        let devices = [self.device.clone()];
        let options = recipe.options(seed);
        let fitted =
            fit::<Autodiff<B>, _>(net, &examples, None, &options, &devices, Some(checkpoint), watch)?;
        save_weights(&fitted.model.valid(), weights)?;
        Ok(fitted.epochs)
    }

    fn judge(&self, recipe: &FlipRecipe, weights: &Path) -> Result<Box<dyn Judge>, SharedError> {
        let net: FlipNet<B> =
            load_weights(recipe.model.init(&self.device)?, weights, &WeightNames::default())?;
        Ok(Box::new(FlipJudge::new(&net)?))
    }
}
