#![doc = include_str!("../README.md")]

mod chain_check;
mod cleaned;
mod data;
mod engine;
mod error;
mod files;
mod finish;
mod fitting;
mod kinds;
mod learning;
mod members;
mod model;
mod outcome;
mod pictures;
mod quickstart;
mod reaction;
mod recipe;
mod registry;
mod report;
mod run;
mod run_folder;
mod scoring;
mod selection;
mod share;
mod submission;
mod tables;
mod task;
mod training_record;
mod truth;
mod utc;

pub use data::{Data, DataDigest, KnownLabels};
pub use engine::Engine;
pub use error::Error;
pub use finish::{finish, report, use_labels};
pub use kinds::{
    FlipAugmentation, FlowAeSettings, FlowMethod, FlowScoreSettings, FlowSystemSettings,
    FlowWindowSettings, InputSettings, LstmFeaturesSettings, NetworkSettings, NoiseAugmentation,
    PatchMemorySystemSettings, RaftGruSettings, ScoreSettings, SizeSettings, TrainSettings,
    VideoPatchCoreSystemSettings, WindowSettings,
};
pub use model::Model;
pub use oddframe_nn::DeviceName;
pub use outcome::{FlipOutcome, Outcome, SystemFigures, SystemOutcome};
pub use reaction::Reaction;
pub use recipe::{
    Difference, FuseRecipe, Problem, Recipe, RecipeError, RepairRecipe, SceneRecipe, Setting,
    SystemRecipe,
};
pub use registry::{BuildContext, Registry};
pub use run::Runner;
pub use run_folder::{
    DataRecord, LabelRecord, LearnedRecord, LearnedVideo, MemberBoxes, RunFolder, RunRecord, Stage,
    VideoRecord,
};
pub use selection::{CandidateFigures, KindFigures, KindSummary, Selection, SelectionOptions};
pub use share::Share;
pub use training_record::TrainingRecord;
pub use truth::Truth;
