//! The folder itself: created, resumed and opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::remove_leftover_files;
use oddframe_frames::BadFrames;

use super::fitted::{FITTED, read_fitted};
use super::learning_log::read_log;
use super::names;
use super::{LearnedRecord, RunRecord};
use crate::files::{read_json, write_json, write_text};
use crate::{Error, Recipe, Registry};

/// The folder of a run: created, resumed, and read back.
#[derive(Debug, Clone)]
pub struct RunFolder {
    root: PathBuf,
    recipe: Recipe,
    record: RunRecord,
    pub(super) learned: Vec<LearnedRecord>,
}

/// The warnings about the training videos: frames that could not be read.
const TRAINING_WARNINGS: &str = "training_warnings.json";

impl RunFolder {
    /// Creates the folder of a run, or resumes the run in it.
    ///
    /// A run is resumed when everything that raw scores depend on is the same: the recipe apart from post-processing, fusion
    /// and names, the data, the device and the version of this program. Writing the recipe also proves, before hours of
    /// work, that the folder can be written to.
    ///
    /// # Errors
    /// When the folder holds another run or something else, or cannot be written to.
    pub fn create_or_resume(
        root: &Path,
        recipe: &Recipe,
        record: RunRecord,
    ) -> Result<Self, Error> {
        // The recipe is what makes a folder a run. Without it, only an empty folder is accepted, or one that
        // a process left when it was killed between creating the subfolders and writing the recipe.
        let recipe_file = root.join(names::RECIPE);
        // Scores of a model before and after a learning must not be mixed.
        if !read_log(root)?.is_empty() {
            return Err(Error::HasLearned {
                path: root.to_path_buf(),
            });
        }
        if recipe_file.exists() {
            Self::check_resumable(root, recipe, &record)?;
        } else if let Some(found) = first_foreign_entry(root)? {
            return Err(Error::NotARun {
                path: root.to_path_buf(),
                found,
            });
        }
        // All checks are done: from here on the folder is written to. Temporary files of killed processes go;
        // those of other running processes, such as other shares, stay.
        for folder in [
            root.to_path_buf(),
            root.join(names::MODELS),
            root.join(names::SCORES),
        ] {
            fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        }
        remove_leftover_files_of_run(root);
        write_text(&recipe_file, &recipe.to_toml()?)?;
        // The new record replaces the old one, except for the times, which add up over all sessions.
        let mut folder = Self {
            root: root.to_path_buf(),
            recipe: recipe.clone(),
            record,
            learned: Vec::new(),
        };
        let before = folder.root.join(names::RECORD);
        if before.exists() {
            folder.record.stages = RunRecord::read(&before)?.stages;
        }
        folder.write_record()?;
        Ok(folder)
    }

    /// Opens the folder of a run or of a trained model.
    ///
    /// # Errors
    /// When the folder holds no run, or its recipe or record cannot be read.
    pub fn open(root: &Path, registry: &Registry) -> Result<Self, Error> {
        for name in [names::RECIPE, names::RECORD] {
            if !root.join(name).exists() {
                return Err(Error::NoRun {
                    path: root.to_path_buf(),
                    missing: name.to_owned(),
                });
            }
        }
        let recipe = Recipe::read(&root.join(names::RECIPE), &[], registry)?;
        let record = RunRecord::read(&root.join(names::RECORD))?;
        Ok(Self {
            root: root.to_path_buf(),
            recipe,
            record,
            learned: read_log(root)?,
        })
    }

    /// The same folder with another recipe, which must not change what raw scores depend on.
    ///
    /// # Errors
    /// When the recipe does change it; the message names the field.
    pub fn with_recipe(self, recipe: Recipe) -> Result<Self, Error> {
        // Everything that the stored raw scores depend on must stay the same, or finishing would mix scores of two
        // experiments.
        match recipe.difference_in_scoring(&self.recipe)? {
            Some(difference) => Err(Error::OtherRecipe {
                path: self.root,
                difference,
            }),
            None => Ok(Self { recipe, ..self }),
        }
    }

    /// Sets what happens to frames that cannot be read.
    pub(crate) fn set_bad_frames(&mut self, bad_frames: BadFrames) {
        self.recipe.repair.mend = bad_frames;
    }

    /// Copies the records of the fitted systems, so that finishing a folder that has only scores gives all figures.
    pub(crate) fn copy_fitted_records(&self, model: &Self) -> Result<(), Error> {
        // Shares are scored into a folder of their own and never train. What the report says about the training
        // comes from the model's folder.
        let from = model.root.join(names::MODELS);
        for entry in fs::read_dir(&from)
            .map_err(Error::io("read", &from))?
            .flatten()
        {
            // The records without the weights: a few kilobytes, and all that the report needs.
            for file in [FITTED, crate::kinds::TRAINING] {
                let source = entry.path().join(file);
                if !source.exists() {
                    continue;
                }
                let folder = self.root.join(names::MODELS).join(entry.file_name());
                fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
                let text = fs::read_to_string(&source).map_err(Error::io("read", &source))?;
                write_text(&folder.join(file), &text)?;
            }
        }
        Ok(())
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The run record.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    pub(crate) fn record_mut(&mut self) -> &mut RunRecord {
        &mut self.record
    }

    pub(crate) fn write_record(&self) -> Result<(), Error> {
        write_json(&self.root.join(names::RECORD), &self.record)
    }

    pub(crate) fn write_recipe(&self) -> Result<(), Error> {
        write_text(&self.root.join(names::RECIPE), &self.recipe.to_toml()?)
    }

    /// The path of the model folder of a member of a system.
    pub(crate) fn model_path(&self, system: &str, member: usize) -> PathBuf {
        self.named_model_path(&format!("{system}.{member}"))
    }

    /// The path of the model folder that a member opens: its own, or that of a member that learns the same.
    pub(crate) fn opened_model_path(&self, system: &str, member: usize) -> Result<PathBuf, Error> {
        let own = self.model_path(system, member);
        // Sharing is one level deep: a shared member always names the one that was fitted.
        let shared = read_fitted(&own)?.and_then(|fitted| fitted.shared_with);
        Ok(shared.map_or(own, |name| self.named_model_path(&name)))
    }

    /// The path of the model folder of the flip repair.
    pub(crate) fn flip_model_path(&self) -> PathBuf {
        self.named_model_path(names::FLIP_MODEL)
    }

    /// The path of the model folder of what is usual for the camera.
    pub(crate) fn health_model_path(&self) -> PathBuf {
        self.named_model_path(names::HEALTH)
    }

    pub(crate) fn named_model_path(&self, name: &str) -> PathBuf {
        self.root.join(names::MODELS).join(name)
    }

    /// Adds warnings about the training videos to those of earlier sessions.
    pub(crate) fn add_training_warnings(&self, warnings: &[String]) -> Result<(), Error> {
        let mut all = self.read_training_warnings()?;
        all.extend(
            warnings
                .iter()
                .filter(|warning| !all.contains(warning))
                .cloned()
                .collect::<Vec<_>>(),
        );
        if all.is_empty() {
            Ok(())
        } else {
            write_json(&self.named_model_path(TRAINING_WARNINGS), &all)
        }
    }

    /// Reads the warnings about the training videos.
    pub(crate) fn read_training_warnings(&self) -> Result<Vec<String>, Error> {
        let path = self.named_model_path(TRAINING_WARNINGS);
        if path.exists() {
            read_json(&path)
        } else {
            Ok(Vec::new())
        }
    }

    /// Checks that the run in a folder can be resumed with this recipe and record.
    fn check_resumable(root: &Path, recipe: &Recipe, record: &RunRecord) -> Result<(), Error> {
        let record_file = root.join(names::RECORD);
        // A process that was killed right after it wrote the recipe leaves no record.
        if record_file.exists() {
            RunRecord::read(&record_file)?.check_same_run(record, root)?;
        }
        let recipe_file = root.join(names::RECIPE);
        let text = fs::read_to_string(&recipe_file).map_err(Error::io("read", &recipe_file))?;
        match recipe.difference_to_text(&text)? {
            Some(difference) => Err(Error::OtherRecipe {
                path: root.to_path_buf(),
                difference,
            }),
            None => Ok(()),
        }
    }
}

/// The first entry of a folder that an interrupted run without a recipe cannot have left.
fn first_foreign_entry(folder: &Path) -> Result<Option<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(Error::io("read", folder))?,
    };
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let foreign = names.filter(|name| ![names::MODELS, names::SCORES].contains(&name.as_str()));
    Ok(foreign.filter(|name| !name.starts_with('.')).min())
}

/// Removes what killed processes left unfinished in the folders of a run: those that hold files, and the ones of each
/// system or video below `model/`, `scores/`, `normal/` and `pictures/`.
fn remove_leftover_files_of_run(root: &Path) {
    remove_leftover_files(root);
    for part in [
        names::MODELS,
        names::SCORES,
        names::NORMAL,
        names::PICTURES,
        names::MAPS,
        names::TRUTH,
    ] {
        let folder = root.join(part);
        remove_leftover_files(&folder);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            // For a file this does nothing, as it cannot be listed.
            remove_leftover_files(&entry.path());
        }
    }
}
