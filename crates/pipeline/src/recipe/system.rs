use oddframe_post::{Chain, Fusion};
use serde::Serialize;
use toml::Table;

use super::{Problem, RecipeError};

/// One system of a recipe: its kind, its members, and what happens to its scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SystemRecipe {
    /// The name: letters, digits, `_` and `-`, because files are named after it.
    pub name: String,
    /// The kind, an entry of the [`Registry`](crate::Registry).
    pub kind: String,
    /// The number of members, which differ in their seeds: the run's seed, the one after it, …
    pub members: usize,
    /// Post-processing of each member's scores.
    pub post: Chain,
    /// How the scores of the members become those of the system.
    pub join: Fusion,
    /// Post-processing of the system's scores.
    pub join_post: Chain,
    /// Whether the system takes part in the fusion; otherwise it is scored for comparison only.
    pub fused: bool,
    /// The settings of this kind, with every default filled in.
    #[serde(flatten)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub settings: Table,
}

impl SystemRecipe {
    /// A system of one member, without settings of its own.
    pub fn new(name: &str, kind: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            members: 1,
            post: Chain::new(),
            join: Fusion::Mean,
            join_post: Chain::new(),
            fused: true,
            settings: Table::new(),
        }
    }

    /// Sets the settings: a value of the type that the kind reads, such as
    /// [`NetworkSettings`](crate::NetworkSettings) for a network.
    ///
    /// # Errors
    /// When the value cannot be written as a table of TOML.
    pub fn with_settings(mut self, settings: &impl Serialize) -> Result<Self, RecipeError> {
        self.settings = Table::try_from(settings).map_err(|error| Problem::Value {
            source: error.into(),
        })?;
        Ok(self)
    }

    /// The settings as the type that the kind reads.
    ///
    /// # Errors
    /// When they do not fit that type.
    pub fn settings_as<S: serde::de::DeserializeOwned>(&self) -> Result<S, Problem> {
        self.settings
            .clone()
            .try_into()
            .map_err(|error| Problem::from_toml(&error))
    }
}
