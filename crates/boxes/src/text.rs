use std::fs;
use std::path::Path;

use crate::Error;
use crate::error::{Problem, invalid};

/// Reads a file of text; bytes that are not UTF-8 are an error with their line.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..offset];
        let line = before.split(|byte| *byte == b'\n').count();
        invalid(line, Problem::NotText { offset }).in_file(path)
    })
}
