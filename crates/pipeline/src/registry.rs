//! The kinds of systems that recipes can name.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use oddframe_core::{SharedError, System};
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

use crate::Engine;
use crate::recipe_problem::Problem;

/// What a kind needs besides its settings to build a system.
#[derive(Debug, Clone, Copy)]
pub struct BuildContext<'a> {
    /// The seed of all random numbers of this system. The members of a system differ only in their seeds.
    pub seed: u64,
    /// The device that networks run on.
    pub engine: &'a Engine,
}

/// The kinds of systems that a recipe can name: `[[system]] kind = "..."`.
///
/// [`Registry::default`] has all kinds of this workspace. A program adds its own, and its recipes then name them:
///
/// ```
/// use oddframe_baseline::{FrameDifference, FrameDifferenceSettings};
/// use oddframe_pipeline::{Recipe, Registry};
///
/// let mut registry = Registry::default();
/// registry.add("motion", |settings: FrameDifferenceSettings, _| Ok(Box::new(FrameDifference::new(settings)?)));
/// let recipe = Recipe::parse("[[system]]\nname = \"mine\"\nkind = \"motion\"\nwidth = 32", &registry)?;
/// assert_eq!(recipe.systems[0].settings["height"].as_integer(), Some(128));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Registry {
    kinds: BTreeMap<String, Kind>,
}

/// Reads the settings of a kind and gives them back with every default filled in.
type CompleteSettings =
    dyn Fn(toml::de::Deserializer<'_>) -> Result<Table, toml::de::Error> + Send + Sync;
/// Builds a system from complete settings.
type BuildSystem =
    dyn Fn(&Table, BuildContext<'_>) -> Result<Box<dyn System>, SharedError> + Send + Sync;

/// Gives the schema of the settings of a kind.
#[cfg(feature = "schema")]
pub(crate) type SettingsSchema = fn(&mut schemars::generate::SchemaGenerator) -> schemars::Schema;

struct Kind {
    complete: Box<CompleteSettings>,
    build: Box<BuildSystem>,
    /// The schema of the settings; none for kinds that a program adds.
    #[cfg(feature = "schema")]
    schema: Option<SettingsSchema>,
}

/// The settings of a kind of this workspace. With the feature `schema` they have a JSON Schema too.
#[cfg(not(feature = "schema"))]
pub(crate) trait KindSettings: Serialize + DeserializeOwned + 'static {}
#[cfg(not(feature = "schema"))]
impl<S: Serialize + DeserializeOwned + 'static> KindSettings for S {}
/// The settings of a kind of this workspace. With the feature `schema` they have a JSON Schema too.
#[cfg(feature = "schema")]
pub(crate) trait KindSettings:
    Serialize + DeserializeOwned + schemars::JsonSchema + 'static
{
}
#[cfg(feature = "schema")]
impl<S: Serialize + DeserializeOwned + schemars::JsonSchema + 'static> KindSettings for S {}

impl Registry {
    /// A registry without any kind.
    pub fn empty() -> Self {
        Self {
            kinds: BTreeMap::new(),
        }
    }

    /// Adds a kind. A kind of the same name is replaced.
    ///
    /// The settings are the fields of the `[[system]]` table that do not belong to every system. Derive
    /// `deny_unknown_fields` for them, so that a misspelt field is an error. `build` checks their values and returns the
    /// system; it is called before anything is trained.
    pub fn add<S, F>(&mut self, name: &str, build: F)
    where
        S: Serialize + DeserializeOwned + 'static,
        F: Fn(S, BuildContext<'_>) -> Result<Box<dyn System>, SharedError> + Send + Sync + 'static,
    {
        let kind = Kind {
            // The type of the settings is erased in these two closures. Serialising the settings right after
            // reading them fills in the defaults, so that the recipe in a run folder is complete.
            complete: Box::new(|settings| {
                let settings = S::deserialize(settings)?;
                Table::try_from(settings).map_err(serde::de::Error::custom)
            }),
            build: Box::new(move |settings, context| build(settings.clone().try_into()?, context)),
            #[cfg(feature = "schema")]
            schema: None,
        };
        self.kinds.insert(name.to_owned(), kind);
    }

    /// As [`Self::add`], for the kinds of this workspace, whose settings have a schema.
    pub(crate) fn add_with_schema<S, F>(&mut self, name: &str, build: F)
    where
        S: KindSettings,
        F: Fn(S, BuildContext<'_>) -> Result<Box<dyn System>, SharedError> + Send + Sync + 'static,
    {
        self.add(name, build);
        #[cfg(feature = "schema")]
        if let Some(kind) = self.kinds.get_mut(name) {
            kind.schema = Some(S::json_schema);
        }
    }

    /// Every kind with the schema of its settings, where it has one.
    #[cfg(feature = "schema")]
    pub(crate) fn settings_schemas(&self) -> impl Iterator<Item = (&str, Option<SettingsSchema>)> {
        self.kinds
            .iter()
            .map(|(name, kind)| (name.as_str(), kind.schema))
    }

    /// The names of all kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// The settings of a kind with every default filled in. An error comes with its place in the text, where known.
    pub(crate) fn complete_settings(
        &self,
        kind: &str,
        settings: toml::de::Deserializer<'_>,
    ) -> Result<Table, (Problem, Option<Range<usize>>)> {
        let kind = self.find(kind).map_err(|problem| (problem, None))?;
        (kind.complete)(settings).map_err(|error| (Problem::from_toml(&error), error.span()))
    }

    /// The same for settings that are no text.
    pub(crate) fn complete_table(&self, kind: &str, settings: &Table) -> Result<Table, Problem> {
        let text = toml::to_string(settings).map_err(|error| Problem::Value {
            source: error.into(),
        })?;
        let settings =
            toml::de::Deserializer::parse(&text).map_err(|error| Problem::from_toml(&error))?;
        // The place is one in a text that the caller never saw.
        self.complete_settings(kind, settings)
            .map_err(|(problem, _)| problem)
    }

    /// Builds a system from complete settings.
    pub(crate) fn build_system(
        &self,
        kind: &str,
        settings: &Table,
        context: BuildContext<'_>,
    ) -> Result<Box<dyn System>, SharedError> {
        (self.find(kind)?.build)(settings, context)
    }

    fn find(&self, kind: &str) -> Result<&Kind, Problem> {
        let unknown = || Problem::UnknownKind {
            name: kind.to_owned(),
            known: self.kinds().map(str::to_owned).collect(),
        };
        self.kinds.get(kind).ok_or_else(unknown)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds()).finish()
    }
}
