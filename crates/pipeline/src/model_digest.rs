//! The digest of a model: what its scores depend on, in one line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use oddframe_core::Sha256Digest;

use crate::{Error, Model};

impl Model {
    /// The SHA-256 of the recipe and of the lines that `sha256sum` prints for the files of the model, in the order of their
    /// names.
    pub(crate) fn compute_digest(&self) -> Result<String, Error> {
        let root = self.folder.path();
        let mut files = BTreeSet::new();
        for place in 0..self.members.all.len() {
            list_files(&self.members.opened_path(place, &self.folder), &mut files)?;
        }
        let repair = self.members.flip.as_ref();
        let repair = repair.map(|_| self.folder.flip_model_path());
        let health = self.members.health.map(|_| self.folder.health_model_path());
        // Calibrated scores depend on those of held-out video.
        let calibration = self.recipe().calibration;
        let normal = calibration.map(|_| self.folder.normal_folder());
        for folder in [repair, health, normal].into_iter().flatten() {
            list_files(&folder, &mut files)?;
        }
        let mut digest = Sha256Digest::default();
        digest.update(self.recipe().to_toml()?.as_bytes());
        for file in &files {
            let name = file.strip_prefix(root).unwrap_or(file).display();
            digest.add_file(&name.to_string(), &Sha256Digest::of_file(file)?.into_hex());
        }
        Ok(digest.into_hex())
    }
}

/// Adds all files in a folder and below it.
fn list_files(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::io("read", folder))? {
        let path = entry.map_err(Error::io("read", folder))?.path();
        if path.is_dir() {
            list_files(&path, files)?;
        } else {
            files.insert(path);
        }
    }
    Ok(())
}
