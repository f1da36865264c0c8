use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Error, remove_leftover_files};

/// A folder that belongs to one system: [`System::fit`](crate::System::fit) writes it, [`System::open`](crate::System::open)
/// reads it.
///
/// ```
/// use oddframe_core::{ModelFolder, write_atomically};
/// # let temporary = std::env::temp_dir().join(format!("oddframe-model-folder-{}", std::process::id()));
/// let model = ModelFolder::create(&temporary)?;
/// write_atomically(&model.file("threshold.txt"), |file| file.write_all(b"0.5"))?;
/// assert!(model.has("threshold.txt"));
/// # std::fs::remove_dir_all(&temporary)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFolder {
    path: PathBuf,
}

impl ModelFolder {
    /// Creates the folder where it is missing, and removes unfinished files that a killed process left in it.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn create(path: &Path) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(|source| folder_error(path, "create", source))?;
        remove_leftover_files(path);
        Ok(Self {
            path: path.to_path_buf(),
        })
    }

    /// Opens a folder that exists.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn open(path: &Path) -> Result<Self, Error> {
        // Listing the folder shows at once that it exists, is a folder, and can be read.
        fs::read_dir(path).map_err(|source| folder_error(path, "open", source))?;
        remove_leftover_files(path);
        Ok(Self {
            path: path.to_path_buf(),
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether the folder has a file of this name.
    pub fn has(&self, name: &str) -> bool {
        self.file(name).exists()
    }
}

/// A picture of what a model takes for normal, such as the usual speed at each place.
///
/// ```
/// use oddframe_core::ModelPicture;
/// let picture = ModelPicture { name: "speed".into(), caption: "the usual speed".into(), png: Vec::new() };
/// assert_eq!(format!("{}.png", picture.name), "speed.png");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPicture {
    /// The name of its file, without an ending.
    pub name: String,
    /// What it shows, in a few words.
    pub caption: String,
    /// The contents of a PNG file.
    pub png: Vec<u8>,
}

fn folder_error(path: &Path, action: &'static str, source: io::Error) -> Error {
    Error::Folder {
        action,
        path: path.to_path_buf(),
        source,
    }
}
