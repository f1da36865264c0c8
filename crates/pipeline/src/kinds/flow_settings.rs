use oddframe_clips::ClipReduction;
use oddframe_core::{Align, EdgePolicy, Gaps, ShortVideo};
use oddframe_flow::{DisOptions, FarnebackOptions};
use oddframe_models::{ConvAeConfig, GruPredictorConfig, ModelConfig, RaftOptions};
use oddframe_score::{AnyPool, Channels, Distance, Overlap, RootSum};
use serde::{Deserialize, Serialize};

use super::flow_method::{FlowMethod, FlowSource, SizeSettings, parse_raft_weights};
use super::{Precision, ScoreSettings, TrainSettings, WindowSettings};

/// The settings of the kind `flow_ae`: an autoencoder of optical flow.
///
/// The flow between two frames is estimated at the size `frames`, resized to `input` without changing the length of its
/// vectors, clipped to `limit` pixels in each direction and divided by it. The autoencoder is that of `conv_ae` with two
/// channels. The flow from one frame to the next belongs to the second; the first frame of a video has none, and
/// `score.edge` decides its score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlowAeSettings {
    /// How flow is estimated: `farneback`, `dis` or `raft`.
    pub flow: FlowMethod,
    /// The weights of RAFT: the path of a file, or `random` for tests. Without them `raft` is replaced by `dis`, with a
    /// warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raft_weights: Option<String>,
    /// The largest length of a vector in each direction, in pixels at the size `frames`.
    pub limit: f64,
    /// The parameters of the network.
    pub model: ConvAeConfig,
    /// The size of the frames that flow is estimated between.
    pub frames: SizeSettings,
    /// The size of the flow that the network sees.
    pub input: SizeSettings,
    /// The options of Farnebäck's method.
    pub farneback: FarnebackOptions,
    /// The options of Dense Inverse Search.
    pub dis: DisOptions,
    /// The options of RAFT.
    pub raft: RaftOptions,
    /// The clips of flows that the network is given.
    pub window: WindowSettings,
    /// How the network is trained. Flow is not augmented: `noise` and `flip` are errors.
    pub train: TrainSettings,
    /// How the errors of the network become scores.
    pub score: ScoreSettings,
}

impl Default for FlowAeSettings {
    fn default() -> Self {
        Self {
            flow: FlowMethod::Farneback,
            raft_weights: None,
            limit: 20.0,
            model: ConvAeConfig::default(),
            frames: SizeSettings::new(128, 128),
            input: SizeSettings::new(128, 128),
            farneback: FarnebackOptions::default(),
            dis: DisOptions::default(),
            raft: RaftOptions::default(),
            window: WindowSettings::default(),
            train: TrainSettings {
                epochs: 25,
                learning_rate: 2e-4,
                ..TrainSettings::default()
            },
            score: ScoreSettings {
                channels: Channels::Max,
                ..ScoreSettings::default()
            },
        }
    }
}

/// The settings of the kind `raft_gru`: a recurrent network that predicts the next optical flow.
///
/// The flow between two frames is estimated at the size `frames` and resized to `input` without changing the length of its
/// vectors. The network sees `window.flows` flows and predicts the next; the error belongs to the second frame of that flow.
/// With 8 flows, the frames 0 to 8 of a video have no error of their own, and `score.edge` decides their score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RaftGruSettings {
    /// How flow is estimated: `farneback`, `dis` or `raft`.
    pub flow: FlowMethod,
    /// The weights of RAFT: the path of a file, or `random` for tests. Without them `raft` is replaced by `dis`, with a
    /// warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raft_weights: Option<String>,
    /// The parameters of the network.
    pub model: GruPredictorConfig,
    /// The size of the frames that flow is estimated between. RAFT needs at least 121 pixels on both sides.
    pub frames: SizeSettings,
    /// The size of the flow that the network sees.
    pub input: SizeSettings,
    /// The options of Farnebäck's method.
    pub farneback: FarnebackOptions,
    /// The options of Dense Inverse Search.
    pub dis: DisOptions,
    /// The options of RAFT.
    pub raft: RaftOptions,
    /// The flows that a prediction is made from.
    pub window: FlowWindowSettings,
    /// How the network is trained. Flow is not augmented: `noise` and `flip` are errors.
    pub train: TrainSettings,
    /// How the error of the prediction becomes a score.
    pub score: FlowScoreSettings,
}

impl Default for RaftGruSettings {
    fn default() -> Self {
        Self {
            flow: FlowMethod::Raft,
            raft_weights: None,
            model: GruPredictorConfig::default(),
            frames: SizeSettings::new(256, 144),
            input: SizeSettings::new(64, 64),
            farneback: FarnebackOptions::default(),
            dis: DisOptions::default(),
            raft: RaftOptions::default(),
            window: FlowWindowSettings::default(),
            train: TrainSettings {
                epochs: 8,
                batch: 64,
                ..TrainSettings::default()
            },
            score: FlowScoreSettings::default(),
        }
    }
}

/// The flows that a prediction is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlowWindowSettings {
    /// Flows that the network sees; it predicts the one after them.
    pub flows: usize,
    /// Frames between predictions when scoring.
    pub stride: usize,
    /// Frames between predictions when training.
    pub train_stride: usize,
    /// Whether flow is estimated across missing frames: `span` or `break`.
    pub gaps: Gaps,
    /// What happens to videos with fewer flows than a window: `repeat` (the last flow), `skip` or `error`.
    pub short: ShortVideo,
}

impl Default for FlowWindowSettings {
    fn default() -> Self {
        let WindowSettings {
            stride,
            train_stride,
            gaps,
            short,
            ..
        } = WindowSettings::default();
        Self {
            flows: 8,
            stride,
            train_stride,
            gaps,
            short,
        }
    }
}

/// How the error of a predicted flow becomes a score. By default it is the L2 norm of the error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlowScoreSettings {
    /// How the pixels of an error map become one number: `root_sum`, `mean`, `max`, …
    pub pool: AnyPool,
    /// How the two directions are combined: `sum`, `mean` or `max`.
    pub channels: Channels,
    /// `squared` or `absolute`.
    pub distance: Distance,
    /// The score of a frame without a prediction: `nearest`, `reflect`, `constant(0)` or `error`.
    pub edge: EdgePolicy,
    /// Predictions made at once.
    pub batch: usize,
    /// What the network calculates in when it scores: `f32`, or `bf16` for its weights.
    pub precision: Precision,
}

impl Default for FlowScoreSettings {
    fn default() -> Self {
        Self {
            pool: RootSum.into(),
            channels: Channels::Sum,
            distance: Distance::Squared,
            edge: EdgePolicy::Nearest,
            batch: 8,
            precision: Precision::F32,
        }
    }
}

/// The settings of either kind of flow system, in one form.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowSystemSettings {
    pub(super) kind: &'static str,
    pub(super) model: ModelConfig,
    pub(super) source: FlowSource,
    pub(super) input: SizeSettings,
    /// Where vectors are clipped; flow in pixels without it.
    pub(super) limit: Option<f64>,
    pub(super) window: WindowSettings,
    pub(super) train: TrainSettings,
    pub(super) score: ScoreSettings,
}

impl From<FlowAeSettings> for FlowSystemSettings {
    fn from(settings: FlowAeSettings) -> Self {
        Self {
            kind: "flow_ae",
            source: FlowSource {
                method: settings.flow,
                raft_weights: parse_raft_weights(settings.raft_weights.as_deref()),
                frames: settings.frames,
                farneback: settings.farneback,
                dis: settings.dis,
                raft: settings.raft,
            },
            model: settings.model.into(),
            input: settings.input,
            limit: Some(settings.limit),
            window: settings.window,
            train: settings.train,
            score: settings.score,
        }
    }
}

impl From<RaftGruSettings> for FlowSystemSettings {
    fn from(settings: RaftGruSettings) -> Self {
        let FlowWindowSettings {
            flows,
            stride,
            train_stride,
            gaps,
            short,
        } = settings.window;
        let FlowScoreSettings {
            pool,
            channels,
            distance,
            edge,
            batch,
            precision,
        } = settings.score;
        Self {
            kind: "raft_gru",
            source: FlowSource {
                method: settings.flow,
                raft_weights: parse_raft_weights(settings.raft_weights.as_deref()),
                frames: settings.frames,
                farneback: settings.farneback,
                dis: settings.dis,
                raft: settings.raft,
            },
            model: settings.model.into(),
            input: settings.input,
            limit: None,
            // A window is the flows that the network sees and the one that it predicts, which has the score.
            window: WindowSettings {
                frames: flows.saturating_add(1),
                stride,
                train_stride,
                align: Align::Last,
                gaps,
                short,
            },
            train: settings.train,
            score: ScoreSettings {
                pool,
                channels,
                distance,
                within: ClipReduction::Mean,
                overlap: Overlap::Mean,
                edge,
                batch,
                precision,
            },
        }
    }
}
