#![doc = include_str!("../README.md")]

mod baselines;
mod data;
mod engine;
mod error;
mod files;
mod flips;
mod folder;
mod maps;
mod members;
mod metrics;
mod model;
mod npy;
mod outcome;
mod quickstart;
mod reaction;
mod recipe;
mod report;
mod run;
mod scoring;
mod source;
mod tables;
mod training;
mod truth;

pub use data::{Data, KnownLabels};
pub use engine::Engine;
pub use error::Error;
pub use model::Model;
pub use oddframe_nn::DeviceName;
pub use outcome::{FlipOutcome, Outcome, SystemKind, SystemOutcome};
pub use reaction::Reaction;
pub use recipe::{
    BaselineRecipe, Difference, FlipRecipe, FuseRecipe, LookRecipe, Mend, NoiseRecipe, Problem, Recipe,
    RecipeError, RepairRecipe, SceneRecipe, ScoreRecipe, Setting, SettingError, SystemRecipe, TrainRecipe,
    TurnRecipe, WindowRecipe,
};
pub use run::{fit, run};
pub use tables::TextTable;
pub use training::{Beside, Training};
pub use truth::Truth;
