use oddframe_clips::{ClipSet, NetworkScorer};
use oddframe_core::{
    Error, FrameInput, FrameSource, ModelFolder, Observer, Scale, Scorer, SharedError, StreamInfo,
    System,
};
use oddframe_models::ModelConfig;
use oddframe_nn::Kernels;
use serde_json::json;

use super::NetworkSettings;
use super::training::{NetworkTraining, check_ranges, core_error};

/// A reconstruction or prediction network as a [`System`]: clips of normal video train it, and its errors on other video
/// are scores.
#[derive(Debug, Clone)]
pub(crate) struct NetworkSystem<B: Kernels> {
    settings: NetworkSettings<ModelConfig>,
    input: FrameInput,
    training: NetworkTraining<B>,
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
        check_ranges(&settings.train, settings.score.batch)?;
        let input = settings.frame_input()?;
        check_input_scale(&settings, input.scale())?;
        // SSIM depends on the range of the frames, which a recipe can choose where the output has no bounds.
        if let ModelConfig::Unet(config) = settings.model {
            settings.model = config.with_frame_scale(input.scale()).into();
        }
        let clip = input.clip(settings.window.frames)?;
        let training = NetworkTraining {
            model: settings.model.clone(),
            clip,
            train: settings.train,
            seed,
            device,
        };
        training.check(settings.window.align, settings.score.precision)?;
        settings.score_options()?;
        settings.window.training_windows()?;
        settings.train.augmentation(input.scale(), seed)?;
        Ok(Self {
            settings,
            input,
            training,
        })
    }

    fn fit_network(
        &self,
        normal: &[&dyn FrameSource],
        folder: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), SharedError> {
        let train = &self.settings.train;
        let windows = self.settings.window.training_windows()?;
        let mut clips = ClipSet::new(normal, self.input, windows)?;
        if let Some(augmentation) = train.augmentation(self.input.scale(), self.training.seed)? {
            clips = clips.with_augment(augmentation, train.target);
        }
        self.training.fit(clips, folder, observer)
    }

    fn open_network(&self, folder: &ModelFolder) -> Result<NetworkScorer, SharedError> {
        let (network, key) = self.training.open(folder, self.settings.score.precision)?;
        let scorer = NetworkScorer::new(network, self.settings.score_options()?)?;
        // Two systems that open the same file share one run of the network.
        Ok(scorer.with_model_key(key))
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
        let window = settings.window.without_scoring();
        Some(
            json!([
                settings.model,
                settings.input,
                window,
                settings.train,
                self.training.seed
            ])
            .to_string(),
        )
    }
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
