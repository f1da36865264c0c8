//! What a run does, as a file.

mod baseline;
mod check;
mod differs;
mod fuse;
mod look;
mod names;
mod problem;
mod repair;
mod scene;
mod score;
mod setting;
mod system;
mod text;
mod train;
mod window;

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Table;

pub use self::baseline::BaselineRecipe;
pub use self::differs::Difference;
pub use self::fuse::FuseRecipe;
pub use self::look::LookRecipe;
pub use self::problem::{Problem, RecipeError};
pub use self::repair::{FlipRecipe, Mend, RepairRecipe};
pub use self::scene::SceneRecipe;
pub use self::score::ScoreRecipe;
pub use self::setting::{Setting, SettingError};
pub use self::system::SystemRecipe;
pub use self::train::{NoiseRecipe, TrainRecipe, TurnRecipe};
pub use self::window::WindowRecipe;

/// What a run does: repair, systems, fusion. The data is told apart.
///
/// Every field has a value when it is not written, except a system's name and model. A misspelt one is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Its name, for the report.
    #[serde(default = "unnamed")]
    pub name: String,
    /// Where all chance comes from.
    #[serde(default)]
    pub seed: u64,
    /// The synthetic street, for runs without data.
    #[serde(default)]
    pub scene: SceneRecipe,
    /// What is put right first.
    #[serde(default)]
    pub repair: RepairRecipe,
    /// The systems.
    #[serde(rename = "system", default)]
    pub systems: Vec<SystemRecipe>,
    /// How their scores become one.
    #[serde(default)]
    pub fuse: FuseRecipe,
    /// The two systems with no network that stand beside them.
    #[serde(default)]
    pub baseline: BaselineRecipe,
}

fn unnamed() -> String {
    "unnamed".to_owned()
}

impl Recipe {
    /// A recipe with these systems and everything else as it is by default.
    ///
    /// # Errors
    /// As [`Self::parse`] for values that make no sense.
    pub fn new(name: &str, systems: Vec<SystemRecipe>) -> Result<Self, RecipeError> {
        let recipe = Self {
            name: name.to_owned(),
            seed: 0,
            scene: SceneRecipe::default(),
            repair: RepairRecipe::default(),
            systems,
            fuse: FuseRecipe::default(),
            baseline: BaselineRecipe::default(),
        };
        recipe.checked()
    }

    /// Reads a recipe from text.
    ///
    /// # Errors
    /// When it is no TOML, a field or a word is unknown (the message names the nearest one), a value does not fit its
    /// field, or the values make no sense together. The line is named where one is to blame.
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        Self::parse_with(text, &[])
    }

    /// Reads a recipe from text and puts other values into it.
    ///
    /// # Errors
    /// As [`Self::parse`]; a setting that spoils the recipe is named.
    pub fn parse_with(text: &str, settings: &[Setting]) -> Result<Self, RecipeError> {
        let read = |error: toml::de::Error| {
            let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
            RecipeError { path: None, line, problem: Problem::of(&error).into() }
        };
        let mut recipe: Self = toml::from_str(text).map_err(read)?;
        let mut table: Table = toml::from_str(text).map_err(read)?;
        for setting in settings {
            let spoiled = |problem| {
                let problem = Problem::Setting { setting: setting.to_string(), source: Box::new(problem) };
                RecipeError::from(problem)
            };
            setting.apply(&mut table).map_err(spoiled)?;
            recipe = table.clone().try_into().map_err(|error| spoiled(Problem::of(&error)))?;
        }
        recipe.checked()
    }

    /// Reads a recipe from a file and puts other values into it.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Self::parse_with`].
    pub fn read(path: &Path, settings: &[Setting]) -> Result<Self, RecipeError> {
        let at = |error: RecipeError| RecipeError { path: Some(path.to_path_buf()), ..error };
        let text =
            fs::read_to_string(path).map_err(|source| at(Problem::Value { source: source.into() }.into()))?;
        Self::parse_with(&text, settings).map_err(at)
    }

    /// The recipe as text, with every value that is not absent: [`Self::parse`] reads it back equal.
    ///
    /// # Errors
    /// When a number of it cannot be written in TOML.
    pub fn to_toml(&self) -> Result<String, RecipeError> {
        toml::to_string(self).map_err(unwritable)
    }

    /// Lets every network learn for so many epochs, the flip classifier too.
    pub fn set_epochs(&mut self, epochs: u64) {
        for system in &mut self.systems {
            system.train.epochs = epochs;
        }
        if let Some(flip) = &mut self.repair.flip {
            flip.epochs = epochs;
        }
    }

    /// The first field in which this recipe differs from another one.
    ///
    /// # Errors
    /// As [`Self::to_toml`].
    pub fn difference(&self, other: &Self) -> Result<Option<Difference>, RecipeError> {
        let table = |recipe: &Self| Table::try_from(recipe).map_err(unwritable);
        Ok(differs::first_difference(&table(self)?, &table(other)?))
    }

    fn checked(self) -> Result<Self, RecipeError> {
        match check::check(&self) {
            Ok(()) => Ok(self),
            Err(problem) => Err(problem.into()),
        }
    }
}

fn unwritable(error: toml::ser::Error) -> RecipeError {
    Problem::Value { source: error.into() }.into()
}
