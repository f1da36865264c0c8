//! Pictures of what a model takes for normal: drawn when it is fitted or learns, shown in the report.

use std::fs;
use std::path::Path;

use oddframe_core::{ModelFolder, System, write_atomically};
use serde::{Deserialize, Serialize};

use crate::files::{read_json, write_json};
use crate::{Error, RunFolder};

/// The folder of the pictures in a model folder.
const FOLDER: &str = "pictures";
/// The names and captions of the pictures, written last.
const LIST: &str = "pictures.json";

/// An entry of the list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    caption: String,
}

/// A picture of what a model takes for normal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionedPicture {
    /// What it shows.
    pub caption: String,
    /// The bytes of a PNG file.
    pub png: Vec<u8>,
}

/// Draws the model of a system into its folder.
pub(crate) fn write_pictures(
    system: &dyn System,
    name: &str,
    model: &ModelFolder,
) -> Result<(), Error> {
    let pictures = system.draw_model(model).map_err(Error::system(name))?;
    if pictures.is_empty() {
        return Ok(());
    }
    let folder = model.file(FOLDER);
    fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
    let mut list = Vec::with_capacity(pictures.len());
    for picture in pictures {
        let path = folder.join(format!("{}.png", picture.name));
        write_atomically(&path, |file| file.write_all(&picture.png))
            .map_err(Error::io("write", &path))?;
        list.push(Listed {
            name: picture.name,
            caption: picture.caption,
        });
    }
    write_json(&folder.join(LIST), &list)
}

impl RunFolder {
    /// The pictures of what a system takes for normal; none of a system that draws none. The members of a system learn
    /// nearly the same, so the first stands for all.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub fn read_model_pictures(&self, system: &str) -> Result<Vec<CaptionedPicture>, Error> {
        let opened = self.opened_model_path(system, 0)?;
        match opened.file_name() {
            Some(name) => read_pictures(&self.current_model_path(&name.to_string_lossy())),
            None => Ok(Vec::new()),
        }
    }
}

fn read_pictures(model: &Path) -> Result<Vec<CaptionedPicture>, Error> {
    let folder = model.join(FOLDER);
    let list = folder.join(LIST);
    if !list.exists() {
        return Ok(Vec::new());
    }
    let list: Vec<Listed> = read_json(&list)?;
    let pictures = list.into_iter().map(|listed| {
        let path = folder.join(format!("{}.png", listed.name));
        Ok(CaptionedPicture {
            caption: listed.caption,
            png: fs::read(&path).map_err(Error::io("read", &path))?,
        })
    });
    pictures.collect()
}
