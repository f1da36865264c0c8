//! A run's folder: made, checked, gone on with.

use std::fs;
use std::io;
use std::path::Path;

use oddframe_core::write_atomically;
use serde::{Deserialize, Serialize};

use crate::files::Files;
use crate::{Error, Recipe};

/// What a run was made of and how long it took: `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunCard {
    /// The versions that made it.
    pub(crate) versions: Versions,
    pub(crate) recipe: String,
    pub(crate) seed: u64,
    pub(crate) device: String,
    pub(crate) data: DataCard,
    /// How long each stage took; what was found in the folder took none.
    #[serde(default)]
    pub(crate) seconds: Vec<Stage>,
    pub(crate) finished: bool,
}

/// The versions of what a run's numbers depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Versions {
    oddframe: String,
    burn: String,
}

impl Versions {
    /// Pinned in the workspace; a test keeps the two equal.
    const BURN: &str = "0.21.0";

    pub(crate) fn here() -> Self {
        Self { oddframe: env!("CARGO_PKG_VERSION").to_owned(), burn: Self::BURN.to_owned() }
    }
}

/// What a run learned from and scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DataCard {
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) train_videos: usize,
    pub(crate) train_frames: usize,
    pub(crate) test_videos: usize,
    pub(crate) test_frames: usize,
    pub(crate) labels: Option<String>,
    pub(crate) labels_sha256: Option<String>,
}

/// One part of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stage {
    pub(crate) stage: String,
    pub(crate) seconds: f64,
}

/// Puts a run's card into its folder, or makes sure that the run there is the same one and takes over its times.
pub(crate) fn go_on(files: &Files, card: &mut RunCard) -> Result<(), Error> {
    let run = files.run();
    if run.exists() {
        let before: RunCard = read_json(&run)?;
        check_same(files.root(), "device", &before.device, &card.device)?;
        check_same(files.root(), "data", &before.data.sha256, &card.data.sha256)?;
        card.seconds = before.seconds;
    }
    write_json(&run, card)
}

/// Makes a run's folder with its recipe, or makes sure that it has it. Writing it also proves, before hours of work, that
/// the folder can be written to.
pub(crate) fn open(path: &Path, recipe: &Recipe) -> Result<Files, Error> {
    let files = Files::new(path);
    let there = files.recipe();
    if there.exists() {
        let before = Recipe::read(&there, &[])?;
        if let Some(difference) = before.difference(recipe)? {
            return Err(Error::OtherRecipe { path: path.to_path_buf(), difference });
        }
    } else if let Some(found) = something_in(path)? {
        return Err(Error::NotARun { path: path.to_path_buf(), found });
    }
    for folder in [files.models(), files.score_folder()] {
        fs::create_dir_all(&folder).map_err(Error::io("make", &folder))?;
    }
    write_text(&there, &recipe.to_toml()?)?;
    Ok(files)
}

/// The name of something in a folder; nothing where it is empty or not there.
fn something_in(folder: &Path) -> Result<Option<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(Error::io("read", folder))?,
    };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    // What an interrupted run of ours can leave before its recipe is there.
    let ours = ["model", "scores"];
    Ok(names.filter(|name| !ours.contains(&name.as_str()) && !name.starts_with('.')).min())
}

fn check_same(path: &Path, what: &'static str, found: &str, expected: &str) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    let (path, found, expected) = (path.to_path_buf(), found.to_owned(), expected.to_owned());
    Err(Error::OtherRun { path, what, found, expected })
}

pub(crate) fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Error> {
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    serde_json::from_str(&text).map_err(Error::damaged(path))
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(value).map_err(Error::damaged(path))?;
    text.push('\n');
    write_text(path, &text)
}

pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), Error> {
    write_atomically(path, |writer| writer.write_all(text.as_bytes())).map_err(Error::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_burn_is_the_pinned_one() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        let pinned = format!("burn = {{ version = \"={}\"", Versions::BURN);
        assert!(fs::read_to_string(workspace).unwrap().contains(&pinned), "{pinned}");
    }

    #[test]
    fn a_damaged_card_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frames.0.json");
        fs::write(&path, "{\"seed\": ").unwrap();
        let error = read_json::<crate::Training>(&path).unwrap_err().to_string();
        assert!(error.contains("frames.0.json") && error.contains("remove it"), "{error}");
    }
}
