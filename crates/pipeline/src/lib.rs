#![doc = include_str!("../README.md")]

mod built_in;
mod calibration;
mod chain_check;
mod cleaned;
mod combine;
mod data;
mod engine;
mod error;
mod events;
mod files;
mod finish;
mod fitting;
mod frame_pictures;
mod held_out;
mod kinds;
mod learning;
mod live;
mod maps;
mod members;
mod model;
mod model_digest;
mod model_pictures;
mod moments;
mod outcome;
mod reaction;
mod recipe;
mod recipe_problem;
#[cfg(feature = "schema")]
mod recipe_schema;
mod registry;
mod run;
mod run_folder;
mod scoring;
mod scoring_results;
mod selection;
mod share;
mod submission;
mod tables;
mod task;
mod test_videos;
mod truth;
mod utc;
mod video_part;
mod video_results;
mod watching;

pub use calibration::ModelCalibration;
pub use data::{Data, DataDigest, KnownLabels, VideoPath};
pub use engine::Engine;
pub use error::Error;
pub use finish::{finish, use_labels};
pub use kinds::{
    FlipAugmentation, FlowAeSettings, FlowMethod, FlowScoreSettings, FlowSystemSettings,
    FlowWindowSettings, InputSettings, LstmFeaturesSettings, NetworkSettings, NoiseAugmentation,
    PatchMemorySystemSettings, Precision, RaftGruSettings, ScoreSettings, SizeSettings,
    TrainSettings, TrainingRecord, VideoPatchCoreSystemSettings, WindowSettings,
};
pub use live::{LiveScore, LiveScorer};
pub use model::Model;
pub use model_pictures::CaptionedPicture;
pub use moments::{Moment, top_moments};
pub use oddframe_nn::DeviceName;
pub use outcome::{EventFigures, EventOutcome, FlipOutcome, Outcome, SystemFigures, SystemOutcome};
pub use reaction::Reaction;
pub use recipe::{
    CalibrationRecipe, Difference, FuseRecipe, Problem, Recipe, RecipeError, RepairRecipe,
    ReportRecipe, SceneRecipe, Setting, SystemRecipe, ThresholdFrom, read_regions,
};
pub use registry::{BuildContext, Registry};
pub use run::Runner;
pub use run_folder::{
    DataRecord, EventRecord, EventsFile, FramePicture, FrameState, FrameStateRow, FrameStates,
    KnownTruth, LabelRecord, LearnedRecord, LearnedVideo, MemberBoxes, RunFolder, RunRecord, Stage,
    VideoRecord, video_file_stem,
};
pub use selection::{CandidateFigures, KindFigures, KindSummary, Selection, SelectionOptions};
pub use share::Share;
pub use tables::TextTable;
pub use test_videos::TestVideos;
pub use truth::Truth;
pub use video_results::VideoResult;
