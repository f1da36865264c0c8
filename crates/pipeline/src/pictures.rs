//! Pictures of what a model takes for normal: drawn when it is fitted or learns, shown in the report.

use std::fs;
use std::path::Path;

use oddframe_core::{ModelFolder, System, write_atomically};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::files::{read_json, write_json};

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

/// A picture and what it shows.
pub(crate) struct CaptionedPicture {
    pub(crate) caption: String,
    pub(crate) png: Vec<u8>,
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

/// Reads the pictures in a model folder; none of a system that draws none.
pub(crate) fn read_pictures(model: &Path) -> Result<Vec<CaptionedPicture>, Error> {
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
