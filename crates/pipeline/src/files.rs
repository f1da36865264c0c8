//! Text, JSON and CSV files, each written whole or not at all.

use std::fs;
use std::path::Path;

use oddframe_core::{quote_csv_field, write_atomically};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    serde_json::from_str(&text).map_err(Error::damaged(path))
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    // Indented, because people read these files and compare them with `diff`.
    let mut text = serde_json::to_string_pretty(value).map_err(Error::damaged(path))?;
    text.push('\n');
    write_text(path, &text)
}

pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), Error> {
    write_atomically(path, |writer| writer.write_all(text.as_bytes()))
        .map_err(Error::io("write", path))
}

/// Writes a table as CSV. Fields that hold a comma, a quote or a line break are quoted.
pub(crate) fn write_csv(
    path: &Path,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<(), Error> {
    let mut text = header.join(",");
    text.push('\n');
    for row in rows {
        let fields: Vec<_> = row.iter().map(|field| quote_csv_field(field)).collect();
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    write_text(path, &text)
}
