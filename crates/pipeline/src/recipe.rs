//! Recipes: the files that say what a run does.

mod calibration;
mod check;
mod difference;
mod parse;
mod regions;
mod sections;
mod setting;
mod system;

use std::fs;
use std::path::Path;

use oddframe_frames::Regions;
use oddframe_health::HealthSettings;
use serde::Serialize;
use toml::{Table, Value};

use crate::Registry;

pub use self::calibration::{CalibrationRecipe, ThresholdFrom};
pub use self::difference::Difference;
pub use self::regions::read_regions;
pub use self::sections::{FuseRecipe, RepairRecipe, ReportRecipe, SceneRecipe};
pub use self::setting::Setting;
pub use self::system::SystemRecipe;
pub use crate::recipe_problem::{Problem, RecipeError};

/// What a run does: which repair, which systems, and how their scores are fused. The data is named separately.
///
/// Every field has a default, except the name and the kind of a system. A misspelt field is an error.
///
/// [`Self::parse`] and [`Self::read`] give a complete recipe. A program that sets the fields itself starts with [`Self::new`]
/// and ends with [`Self::complete`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct Recipe {
    /// The name of the run, in reports and as the name of its folder.
    pub name: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// The synthetic street, for runs without data.
    pub scene: SceneRecipe,
    /// The areas of the picture to ignore, or the only areas to look at.
    ///
    /// [`read_regions`] reads them from a file.
    #[serde(skip_serializing_if = "Regions::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "regions::RegionFields"))]
    pub regions: Regions,
    /// Whether the camera itself is watched: frames in which the whole picture went wrong are then suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthSettings>,
    /// What is repaired before any system sees a frame.
    pub repair: RepairRecipe,
    /// Calibrated scores and events. Without it, scores are raw and there are no events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationRecipe>,
    /// How the scores of the systems become one.
    pub fuse: FuseRecipe,
    /// What the report shows.
    pub report: ReportRecipe,
    /// Whether `frame_difference` and `typical_frame` are added, two systems without a network that are scored for comparison
    /// and take no part in the fusion. False in a complete recipe, which has them among its systems.
    pub baselines: bool,
    /// The systems, those for comparison included.
    #[serde(rename = "system")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub systems: Vec<SystemRecipe>,
}

/// The systems that every recipe gets for comparison, unless it says `baselines = false`.
const BASELINES: [&str; 2] = ["frame_difference", "typical_frame"];

impl Recipe {
    /// A recipe with these systems and a default for everything else. [`Self::complete`] makes it ready to run.
    ///
    /// ```
    /// use oddframe_pipeline::{Recipe, Registry, SystemRecipe};
    ///
    /// let registry = Registry::default();
    /// let mut recipe = Recipe::new("motion", vec![SystemRecipe::new("motion", "frame_difference")]);
    /// recipe.seed = 7;
    /// let recipe = recipe.complete(&registry)?;
    /// let same = "name = \"motion\"\nseed = 7\n[[system]]\nname = \"motion\"\nkind = \"frame_difference\"";
    /// assert_eq!(recipe, Recipe::parse(same, &registry)?);
    /// # Ok::<(), oddframe_pipeline::RecipeError>(())
    /// ```
    pub fn new(name: &str, systems: Vec<SystemRecipe>) -> Self {
        Self {
            name: name.to_owned(),
            seed: 0,
            scene: SceneRecipe::default(),
            regions: Regions::default(),
            health: None,
            repair: RepairRecipe::default(),
            calibration: None,
            fuse: FuseRecipe::default(),
            report: ReportRecipe::default(),
            baselines: true,
            systems,
        }
    }

    /// Checks the recipe, fills in the defaults of all settings, and adds the systems for comparison.
    ///
    /// # Errors
    /// When a kind is unknown, settings do not fit their kind, or the values contradict each other. The message names the
    /// system.
    pub fn complete(mut self, registry: &Registry) -> Result<Self, RecipeError> {
        for system in &mut self.systems {
            let completed = registry.complete_table(&system.kind, &system.settings);
            system.settings = completed
                .map_err(|problem| Problem::field(format!("system.{}", system.name), problem))?;
        }
        self.add_baselines(registry)?;
        check::check_recipe(&self)?;
        Ok(self)
    }

    /// Adds the systems for comparison that the recipe does not have itself.
    fn add_baselines(&mut self, registry: &Registry) -> Result<(), Problem> {
        // Checked first: with the systems for comparison alone there would be nothing to compare.
        if self.systems.is_empty() {
            return Err(Problem::NoSystem);
        }
        if !self.baselines {
            return Ok(());
        }
        for name in BASELINES {
            // A registry that starts empty may not have the baselines, and a recipe may define its own system
            // of that name: neither is an error.
            let known = registry.kinds().any(|kind| kind == name);
            if known && !self.systems.iter().any(|system| system.name == name) {
                let settings = registry.complete_table(name, &Table::new())?;
                self.systems.push(SystemRecipe {
                    fused: false,
                    settings,
                    ..SystemRecipe::new(name, name)
                });
            }
        }
        // They are ordinary systems from here on, so that reading the written recipe does not add them again.
        self.baselines = false;
        Ok(())
    }

    /// Reads a recipe from text.
    ///
    /// # Errors
    /// When the text is not TOML, a field, word or kind is unknown (the message names the nearest one), a value does not
    /// fit its field, or the values contradict each other. The message names the line where possible.
    pub fn parse(text: &str, registry: &Registry) -> Result<Self, RecipeError> {
        parse::parse_recipe(text, registry)
    }

    /// Reads a recipe from text and overrides values.
    ///
    /// # Errors
    /// As [`Self::parse`]; the message names the setting that makes the recipe invalid.
    pub fn parse_with(
        text: &str,
        settings: &[Setting],
        registry: &Registry,
    ) -> Result<Self, RecipeError> {
        // The recipe is parsed again after each setting, not only after the last one, so that an error names
        // the setting that caused it.
        let mut recipe = Self::parse(text, registry)?;
        let mut table: Table = toml::from_str(text).map_err(|error| Problem::from_toml(&error))?;
        for setting in settings {
            let invalid = |problem| {
                RecipeError::from(Problem::Setting {
                    setting: setting.to_string(),
                    source: Box::new(problem),
                })
            };
            setting.apply(&mut table).map_err(invalid)?;
            let changed = toml::to_string(&table).map_err(cannot_write)?;
            recipe = Self::parse(&changed, registry).map_err(|error| invalid(*error.problem))?;
        }
        Ok(recipe)
    }

    /// Reads a recipe from a file and overrides values.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Self::parse_with`].
    pub fn read(
        path: &Path,
        settings: &[Setting],
        registry: &Registry,
    ) -> Result<Self, RecipeError> {
        let with_path = |error: RecipeError| RecipeError {
            path: Some(path.to_path_buf()),
            ..error
        };
        // The path is added to every error here, once, instead of being passed down to the parser.
        let text = fs::read_to_string(path).map_err(|source| {
            with_path(
                Problem::Value {
                    source: source.into(),
                }
                .into(),
            )
        })?;
        Self::parse_with(&text, settings, registry).map_err(with_path)
    }

    /// The recipe as text with every default filled in: [`Self::parse`] reads it back equal.
    ///
    /// # Errors
    /// When a number cannot be written in TOML.
    pub fn to_toml(&self) -> Result<String, RecipeError> {
        toml::to_string(&Table::try_from(self).map_err(cannot_write)?).map_err(cannot_write)
    }

    /// Sets the number of epochs of every system that is trained in epochs, and of the flip repair.
    pub fn set_epochs(&mut self, epochs: u64) {
        for system in &mut self.systems {
            if let Some(Value::Table(train)) = system.settings.get_mut("train")
                && train.contains_key("epochs")
            {
                train.insert("epochs".to_owned(), Value::Integer(epochs.cast_signed()));
            }
        }
        if let Some(flip) = &mut self.repair.flip {
            flip.epochs = epochs;
        }
    }

    /// The first difference to another recipe in what is trained or scored. Its message calls the other recipe `there` and
    /// this one `here`.
    ///
    /// Post-processing, fusion, the report and the name are left out: they do not change raw scores, and can change at any
    /// time.
    ///
    /// # Errors
    /// When a number cannot be written in TOML.
    pub fn difference_in_scoring(&self, other: &Self) -> Result<Option<Difference>, RecipeError> {
        self.difference_to_text(&other.to_toml()?)
    }

    /// The same for a recipe that [`Self::to_toml`] wrote.
    pub(crate) fn difference_to_text(
        &self,
        complete: &str,
    ) -> Result<Option<Difference>, RecipeError> {
        // Both sides are compared as complete TOML: a default that is written out equals one that is left
        // out, and the first difference can be named by its key.
        let this = toml::from_str(&self.to_toml()?).map_err(|error| Problem::from_toml(&error))?;
        let other = toml::from_str(complete).map_err(|error| Problem::from_toml(&error))?;
        Ok(difference::first_difference(
            &only_scoring_fields(other),
            &only_scoring_fields(this),
        ))
    }

    /// The regions as they apply to frames that the flip repair may turn over.
    pub(crate) fn applied_regions(&self) -> Regions {
        // A frame that is upside down is painted before it is turned over. Ignoring the mirror image too makes both
        // look alike, to the systems and to the classifier of the repair.
        let regions = self.regions.clone();
        if self.repair.flip.is_some() && !regions.is_empty() {
            regions.mirrored()
        } else {
            regions
        }
    }

    /// The systems whose scores are fused.
    pub fn fused_systems(&self) -> impl Iterator<Item = &SystemRecipe> {
        self.systems.iter().filter(|system| system.fused)
    }

    /// Whether the system of this name takes part in the fusion.
    pub(crate) fn is_fused(&self, name: &str) -> bool {
        self.fused_systems().any(|system| system.name == name)
    }
}

/// The fields of a complete recipe that raw scores depend on.
fn only_scoring_fields(mut table: Table) -> Table {
    for field in ["name", "fuse", "report", "baselines"] {
        table.remove(field);
    }
    // Of the calibration, the share that is held out changes what systems are fitted on.
    if let Some(Value::Table(calibration)) = table.get_mut("calibration") {
        calibration.retain(|field, _| field == "held_out");
    }
    // Permission to repair with a weak classifier changes no decision of the classifier. A run that was refused can be
    // resumed with it.
    let flip = table
        .get_mut("repair")
        .and_then(|repair| repair.get_mut("flip"));
    if let Some(Value::Table(flip)) = flip {
        flip.remove("allow_weak");
    }
    if let Some(Value::Array(systems)) = table.get_mut("system") {
        for system in systems.iter_mut().filter_map(Value::as_table_mut) {
            for field in ["post", "join", "join_post", "fused"] {
                system.remove(field);
            }
        }
    }
    table
}

fn cannot_write(error: toml::ser::Error) -> RecipeError {
    Problem::Value {
        source: error.into(),
    }
    .into()
}
