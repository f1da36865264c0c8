use oddframe_clips::{ClipSet, FlowInput, FlowReader, FlowScorer, FlowStore, ScoreOptions};
use oddframe_core::{
    Error, Event, FrameInput, FrameSource, ModelFolder, Observer, Scale, Scorer, SharedError,
    StreamInfo, System,
};
use oddframe_nn::Kernels;
use serde_json::json;

use super::flow_settings::FlowSystemSettings;
use super::training::{NetworkTraining, check_ranges, core_error, refuse_augmentation};

/// The folder in the model folder that keeps the flow of the training videos until the training is done.
const FLOW: &str = "flow";

/// A network on optical flow as a [`System`]: it learns the flow of normal video, and its errors on the flow of other video
/// are scores.
#[derive(Debug, Clone)]
pub(crate) struct FlowSystem<B: Kernels> {
    settings: FlowSystemSettings,
    input: FlowInput,
    training: NetworkTraining<B>,
}

impl<B: Kernels> FlowSystem<B> {
    /// Checks the settings and builds the system.
    ///
    /// # Errors
    /// When a value is out of range, the weights of RAFT are missing, frames are too small for the method, the network
    /// cannot take such clips, or the windows ask for scores that the network cannot give.
    pub(crate) fn new(
        settings: FlowSystemSettings,
        seed: u64,
        device: B::Device,
    ) -> Result<Self, SharedError> {
        let FlowSystemSettings { window, train, .. } = &settings;
        check_ranges(train, settings.score.batch)?;
        refuse_augmentation(train, "optical flow")?;
        settings.source.check()?;
        let mut input = FlowInput::new(
            settings.source.frame_input()?,
            settings.input.width,
            settings.input.height,
        )?;
        if let Some(limit) = settings.limit {
            input = input.with_limit(limit as f32)?;
            // Flow has both signs, so that a network whose output has none can never reconstruct it.
            if !settings.model.supports_scale(Scale::Signed) {
                return Err(
                    "flow has values from -1 to 1, which the last activation of the network does not reach; \
                     choose model.last = \"tanh\""
                        .into(),
                );
            }
        }
        let windows = window.scoring_windows()?;
        window.training_windows()?;
        let clip = input.clip(windows.length());
        let training = NetworkTraining {
            model: settings.model.clone(),
            clip,
            train: *train,
            seed,
            device,
        };
        training.check(window.align, settings.score.precision)?;
        Ok(Self {
            settings,
            input,
            training,
        })
    }

    /// How flows become scores.
    fn score_options(&self) -> Result<ScoreOptions, Error> {
        let score = self.settings.score;
        let windows = self.settings.window.scoring_windows()?;
        Ok(score.apply_to(ScoreOptions::of_flow(self.input, windows, score.measure())))
    }

    fn reader(&self) -> Result<FlowReader, SharedError> {
        let estimator = self.settings.source.open::<B>(&self.training.device)?;
        Ok(FlowReader::new(estimator, self.settings.window.gaps))
    }

    fn fit_network(
        &self,
        normal: &[&dyn FrameSource],
        folder: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), SharedError> {
        if let Some(message) = self.settings.source.warning() {
            observer.tell(Event::Warned { message })?;
        }
        let (path, key) = (folder.file(FLOW), self.settings.source.key());
        let store = FlowStore::fill(
            normal,
            self.input,
            &mut self.reader()?,
            &path,
            &key,
            observer,
        )?;
        let windows = self.settings.window.training_windows()?;
        self.training
            .fit(ClipSet::of_flow(&store, windows)?, folder, observer)?;
        // The flow files are larger than the frames and are only needed for training.
        Ok(store.remove_files()?)
    }

    fn open_network(&self, folder: &ModelFolder) -> Result<FlowScorer, SharedError> {
        let (network, key) = self.training.open(folder, self.settings.score.precision)?;
        let flow_key = self.settings.source.key();
        let scorer = FlowScorer::new(network, self.reader()?, flow_key, self.score_options()?)?;
        Ok(scorer.with_model_key(key))
    }
}

impl<B: Kernels> System for FlowSystem<B> {
    fn input(&self) -> FrameInput {
        self.input.frames()
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        self.fit_network(normal, model, observer)
            .map_err(|error| core_error(self.settings.kind, error))
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        match self.open_network(model) {
            Ok(scorer) => Ok(Box::new(scorer)),
            Err(error) => Err(core_error(self.settings.kind, error)),
        }
    }

    fn check_video(&self, info: &StreamInfo) -> Result<(), Error> {
        Ok(self.score_options()?.check_video(info)?)
    }

    fn training_key(&self) -> Option<String> {
        // As for networks on frames: everything that changes the trained weights, without the settings of scoring.
        let FlowSystemSettings {
            model,
            source,
            input,
            limit,
            window,
            train,
            ..
        } = &self.settings;
        let window = window.without_scoring();
        Some(
            json!([
                "flow",
                model,
                source.key(),
                input,
                limit,
                window,
                train,
                self.training.seed
            ])
            .to_string(),
        )
    }
}
