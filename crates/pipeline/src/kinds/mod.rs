//! The kinds of systems that this workspace has.

mod backbone;
mod default_registry;
mod feature_lstm;
mod flow;
mod flow_method;
mod flow_settings;
mod memory;
mod network;
mod network_settings;
mod training;

pub use self::feature_lstm::LstmFeaturesSettings;
pub(crate) use self::feature_lstm::build_lstm_features;
pub(crate) use self::flow::FlowSystem;
pub use self::flow_method::{FlowMethod, SizeSettings};
pub use self::flow_settings::{
    FlowAeSettings, FlowScoreSettings, FlowSystemSettings, FlowWindowSettings, RaftGruSettings,
};
pub use self::memory::{PatchMemorySystemSettings, VideoPatchCoreSystemSettings};
pub(crate) use self::memory::{build_patch_memory, build_video_patch_core};
pub(crate) use self::network::NetworkSystem;
pub use self::network_settings::{
    FlipAugmentation, InputSettings, NetworkSettings, NoiseAugmentation, Precision, ScoreSettings,
    TrainSettings, WindowSettings,
};
pub(crate) use self::training::TRAINING;
pub use self::training::TrainingRecord;

/// The kinds that can learn more after they were fitted.
pub(crate) const LEARNING_KINDS: [&str; 1] = ["objects"];
