use std::sync::Arc;

use oddframe_core::{
    Error, Event, FrameInput, FrameSource, ModelFolder, Observer, Scorer, StreamInfo, System,
    VideoId,
};
use oddframe_memory::ExtractorFactory;
use oddframe_models::{Backbone, BackboneKind, BackboneLayer, WeightsSource};
use oddframe_nn::Kernels;

/// The backbone of a system: the network, its weights, and the layers that its features are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BackboneSource {
    kind: BackboneKind,
    weights: Option<WeightsSource>,
    layers: Vec<BackboneLayer>,
}

impl BackboneSource {
    /// A backbone with the weights that a recipe names: the path of a file, or `random`, which the seed then chooses.
    pub(super) fn new(
        kind: BackboneKind,
        weights: Option<&str>,
        layers: &[BackboneLayer],
        seed: u64,
    ) -> Self {
        let weights = weights.map(|setting| WeightsSource::from_setting(setting, seed));
        Self {
            kind,
            weights,
            layers: layers.to_vec(),
        }
    }

    /// A factory that opens the backbone on a device.
    pub(super) fn factory<B: Kernels>(&self, device: &B::Device) -> ExtractorFactory {
        let (source, device) = (self.clone(), device.clone());
        Arc::new(move || {
            let backbone = Backbone::open(source.kind, source.weights.as_ref())?;
            Ok(Box::new(
                backbone.into_features::<B>(&source.layers, &device)?,
            ))
        })
    }

    /// The warning about random weights.
    fn warning(&self) -> Option<String> {
        let random = self.weights.as_ref().is_some_and(WeightsSource::is_random);
        random.then(|| {
            format!(
                "the weights of {} are random, so its features say little about a frame and the scores only show that the \
                 system runs; give `weights` the path of {}",
                self.kind,
                self.kind.weights_origin()
            )
        })
    }
}

/// A system on a backbone. Fitting it warns of random weights.
#[derive(Debug)]
pub(super) struct BackboneSystem<S> {
    system: S,
    warning: Option<String>,
}

impl<S: System> BackboneSystem<S> {
    pub(super) fn new(system: S, backbone: &BackboneSource) -> Self {
        Self {
            system,
            warning: backbone.warning(),
        }
    }
}

impl<S: System> System for BackboneSystem<S> {
    fn input(&self) -> FrameInput {
        self.system.input()
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        if let Some(message) = &self.warning {
            observer.tell(Event::Warned { message })?;
        }
        self.system.fit(normal, model, observer)
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        self.system.open(model)
    }

    fn check_video(&self, info: &StreamInfo) -> Result<(), Error> {
        self.system.check_video(info)
    }

    fn check_data_set(&self, training: &[VideoId], testing: &[VideoId]) -> Result<(), Error> {
        self.system.check_data_set(training, testing)
    }

    fn training_key(&self) -> Option<String> {
        self.system.training_key()
    }

    fn needs_training(&self) -> bool {
        self.system.needs_training()
    }
}
