//! The folder of a selection.
//!
//! ```text
//! selection.json, selection.csv   how well each candidate tells each kind from normal frames
//! stretches.csv                   what was pasted into which frames
//! RECIPE/                         the run folder of a recipe: models and raw scores
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::remove_leftover_files;

use super::figures::Selection;
use super::named_recipes::{NamedRecipe, name_recipes};
use super::trial::Trial;
use crate::files::{write_csv, write_json};
use crate::{Error, Recipe};

const JSON: &str = "selection.json";
const CSV: &str = "selection.csv";
const STRETCHES: &str = "stretches.csv";

/// Where a selection is written, and the recipes it compares.
pub(super) struct SelectionFolder {
    root: PathBuf,
    recipes: Vec<NamedRecipe>,
}

impl SelectionFolder {
    pub(super) fn new(root: &Path, recipes: &[Recipe]) -> Self {
        Self {
            root: root.to_path_buf(),
            recipes: name_recipes(recipes),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.root
    }

    pub(super) fn recipes(&self) -> &[NamedRecipe] {
        &self.recipes
    }

    /// The run folder of a recipe, given by its position.
    pub(super) fn run_path(&self, place: usize) -> PathBuf {
        self.root.join(&self.recipes[place].name)
    }

    /// Refuses a folder that holds anything but a selection. Run folders of other recipes are those of an earlier selection.
    pub(super) fn check(&self) -> Result<(), Error> {
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(Error::io("read", &self.root))?,
        };
        let mut foreign = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_file = [JSON, CSV, STRETCHES].contains(&name.as_str());
            let is_run = self.recipes.iter().any(|recipe| recipe.name == name)
                || entry.path().join("recipe.toml").exists();
            if !is_file && !is_run && !name.starts_with('.') {
                foreign.push(name);
            }
        }
        match foreign.into_iter().min() {
            Some(found) => Err(Error::NotASelection {
                path: self.root.clone(),
                found,
            }),
            None => Ok(()),
        }
    }

    /// Creates the folder.
    pub(super) fn create(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.root).map_err(Error::io("create", &self.root))?;
        remove_leftover_files(&self.root);
        Ok(())
    }

    /// Writes the results; `selection.json` last, so that it is there only when all others are.
    pub(super) fn write(&self, selection: &Selection, trial: &Trial) -> Result<(), Error> {
        write_csv(
            &self.root.join(STRETCHES),
            &[
                "kind",
                "video",
                "first_frame",
                "last_frame",
                "counted_frames",
                "detail",
            ],
            trial.kinds.iter().flat_map(|kind| {
                kind.stretches.iter().map(|stretch| {
                    vec![
                        kind.kind.to_string(),
                        stretch.normal.to_string(),
                        stretch.numbers.0.to_string(),
                        stretch.numbers.1.to_string(),
                        stretch.frames.len().to_string(),
                        stretch.detail.clone(),
                    ]
                })
            }),
        )?;
        write_csv(
            &self.root.join(CSV),
            &[
                "candidate",
                "kind",
                "auc",
                "low",
                "high",
                "auc_same_frames",
                "low_same_frames",
                "high_same_frames",
                "auc_all_frames",
                "blind",
            ],
            selection.rows(),
        )?;
        write_json(&self.root.join(JSON), selection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Registry, SystemRecipe};

    fn recipe(name: &str, system: &str) -> Recipe {
        let system = SystemRecipe::new(system, "frame_difference");
        let recipe = Recipe::new(name, vec![system]);
        recipe.complete(&Registry::default()).unwrap()
    }

    #[test]
    fn folders_with_something_else_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let selection = SelectionFolder::new(folder.path(), &[recipe("a", "x")]);
        for name in ["a", "earlier"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("earlier/recipe.toml"), "").unwrap();
        fs::write(folder.path().join(CSV), "").unwrap();
        selection.check().unwrap();
        fs::write(folder.path().join("recipe.toml"), "").unwrap();
        let error = selection.check().unwrap_err().to_string();
        assert!(error.contains("`recipe.toml`"), "{error}");
        SelectionFolder::new(&folder.path().join("new"), &[])
            .check()
            .unwrap();
    }
}
