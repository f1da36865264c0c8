use oddframe_clips::{ClipSet, DescribeFrame, FeatureScorer, FeatureStore, ScoreOptions};
use oddframe_core::{
    Align, ClipShape, Error, Filter, Frame, FrameInput, FrameSource, ModelFolder, Observer,
    PixelFormat, Scorer, SharedError, StreamInfo, System,
};
use oddframe_memory::{ExtractFeatures, ExtractorFactory};
use oddframe_models::{BackboneKind, BackboneLayer, LstmAeConfig, SequenceOutput};
use oddframe_nn::Kernels;
use oddframe_score::Mean;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::backbone::{BackboneSource, BackboneSystem};
use super::training::{NetworkTraining, check_ranges, core_error, refuse_augmentation};
use super::{ScoreSettings, TrainSettings, WindowSettings};
use crate::files::{read_json, write_json};

const KIND: &str = "lstm_features";
/// The file in the model folder that names the backbone whose features the network was trained on.
const BACKBONE: &str = "backbone.json";

/// The settings of the kind `lstm_features`: an LSTM autoencoder of the features that a frozen backbone gives of each frame.
///
/// The features are the backbone's vector of the whole frame (layer `pooled`). The score of a window belongs to its last
/// frame; `score.edge` decides the score of the frames before the first window ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LstmFeaturesSettings {
    /// The network that turns frames into features.
    pub backbone: BackboneKind,
    /// The path of the backbone's weights, or `random` for tests; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// How frames are resized to the size that the backbone takes.
    pub filter: Filter,
    /// The parameters of the network.
    pub model: LstmAeConfig,
    /// The windows of frames that the network is given.
    pub window: WindowSettings,
    /// How the network is trained. Features are not augmented: `noise` and `flip` are errors.
    pub train: TrainSettings,
    /// How the errors of the network become scores.
    pub score: ScoreSettings,
}

impl Default for LstmFeaturesSettings {
    fn default() -> Self {
        Self {
            backbone: BackboneKind::ResNet18,
            weights: None,
            filter: Filter::Antialiased,
            model: LstmAeConfig {
                hidden: 256,
                output: SequenceOutput::Decoder,
            },
            window: WindowSettings {
                frames: 10,
                align: Align::Last,
                ..WindowSettings::default()
            },
            train: TrainSettings {
                epochs: 15,
                ..TrainSettings::default()
            },
            score: ScoreSettings {
                pool: Mean.into(),
                ..ScoreSettings::default()
            },
        }
    }
}

/// Builds the system. The seed chooses the weights of the network and, where they are random, of the backbone.
pub(crate) fn build_lstm_features<B: Kernels>(
    settings: LstmFeaturesSettings,
    seed: u64,
    device: &B::Device,
) -> Result<Box<dyn System>, SharedError> {
    let backbone = BackboneSource::new(
        settings.backbone,
        settings.weights.as_deref(),
        &[BackboneLayer::Pooled],
        seed,
    );
    let system = FeatureSystem::<B>::new(
        settings,
        backbone.factory::<B>(device),
        seed,
        device.clone(),
    )?;
    Ok(Box::new(BackboneSystem::new(system, &backbone)))
}

/// A network on the features of frames as a [`System`].
struct FeatureSystem<B: Kernels> {
    settings: LstmFeaturesSettings,
    extractor: ExtractorFactory,
    /// The backbone, its weights, and how frames are resized for it.
    identity: String,
    input: FrameInput,
    training: NetworkTraining<B>,
}

impl<B: Kernels> FeatureSystem<B> {
    /// Checks the settings. Opens the backbone once, for the size of its images and features.
    fn new(
        settings: LstmFeaturesSettings,
        extractor: ExtractorFactory,
        seed: u64,
        device: B::Device,
    ) -> Result<Self, SharedError> {
        let LstmFeaturesSettings { window, train, .. } = &settings;
        check_ranges(train, settings.score.batch)?;
        refuse_augmentation(train, "their features")?;
        window.training_windows()?;
        let windows = window.scoring_windows()?;
        let backbone = extractor()?;
        let (width, height) = backbone.image_size();
        let input = FrameInput::new(width, height, PixelFormat::Rgb)?.with_filter(settings.filter);
        let clip = ClipShape {
            frames: windows.length(),
            channels: backbone.maps()[0].channels,
            height: 1,
            width: 1,
        };
        let training = NetworkTraining {
            model: settings.model.clone().into(),
            clip,
            train: *train,
            seed,
            device,
        };
        training.check(window.align, settings.score.precision)?;
        let identity = format!("{}, {:?}", backbone.identity(), settings.filter);
        Ok(Self {
            settings,
            extractor,
            identity,
            input,
            training,
        })
    }

    fn score_options(&self) -> Result<ScoreOptions, Error> {
        let score = self.settings.score;
        let windows = self.settings.window.scoring_windows()?;
        Ok(score.apply_to(ScoreOptions::new(self.input, windows, score.measure())))
    }

    fn open_backbone(&self) -> Result<BackboneDescription, SharedError> {
        Ok(BackboneDescription {
            extractor: (self.extractor)()?,
            maps: [Vec::new()],
        })
    }

    fn fit_network(
        &self,
        normal: &[&dyn FrameSource],
        folder: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), SharedError> {
        if folder.has(BACKBONE) {
            // A training that was stopped continues with the same features only.
            self.check_backbone(folder)?;
        } else {
            write_json(&folder.file(BACKBONE), &self.identity)?;
        }
        let store = FeatureStore::fill(normal, &mut self.open_backbone()?, observer)?;
        let windows = self.settings.window.training_windows()?;
        let clips = ClipSet::of_features(&store, windows)?;
        self.training.fit(clips, folder, observer)
    }

    /// Refuses a model folder of another backbone: features of the same length would be taken without an error.
    fn check_backbone(&self, folder: &ModelFolder) -> Result<(), SharedError> {
        let path = folder.file(BACKBONE);
        let trained: String = read_json(&path)?;
        if trained == self.identity {
            return Ok(());
        }
        Err(format!(
            "{}: the network was trained on features of `{trained}`, but the backbone is `{}`; use that backbone, or train \
             in another folder",
            path.display(),
            self.identity
        )
        .into())
    }

    fn open_network(&self, folder: &ModelFolder) -> Result<FeatureScorer, SharedError> {
        self.check_backbone(folder)?;
        let (network, _) = self.training.open(folder, self.settings.score.precision)?;
        let backbone = Box::new(self.open_backbone()?);
        Ok(FeatureScorer::new(
            network,
            backbone,
            self.score_options()?,
        )?)
    }
}

impl<B: Kernels> System for FeatureSystem<B> {
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
            .map_err(|error| core_error(KIND, error))
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        match self.open_network(model) {
            Ok(scorer) => Ok(Box::new(scorer)),
            Err(error) => Err(core_error(KIND, error)),
        }
    }

    fn check_video(&self, info: &StreamInfo) -> Result<(), Error> {
        Ok(self.score_options()?.check_video(info)?)
    }

    fn training_key(&self) -> Option<String> {
        // Everything that changes the trained weights, without the settings of scoring.
        let LstmFeaturesSettings {
            model,
            window,
            train,
            ..
        } = &self.settings;
        let window = window.without_scoring();
        Some(
            json!([
                KIND,
                self.identity,
                model,
                window,
                train,
                self.training.seed
            ])
            .to_string(),
        )
    }
}

/// The vector that a backbone gives of a whole frame.
struct BackboneDescription {
    extractor: Box<dyn ExtractFeatures>,
    maps: [Vec<f32>; 1],
}

impl DescribeFrame for BackboneDescription {
    fn dimensions(&self) -> usize {
        self.extractor.maps()[0].channels
    }

    fn describe(&mut self, frame: &Frame, out: &mut [f32]) -> Result<(), Error> {
        self.extractor
            .extract(frame.pixels(), &mut self.maps)
            .map_err(|source| Error::System {
                system: KIND,
                source,
            })?;
        let [features] = &self.maps;
        Error::check_length("features of a frame", out.len(), features.len())?;
        out.copy_from_slice(features);
        Ok(())
    }
}
