//! A page of text with tables in it, each between two lines that name it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(crate) struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        Ok(Self { path: path.to_path_buf(), text })
    }

    /// Puts a table between `<!-- begin NAME -->` and `<!-- end NAME -->`.
    pub(crate) fn put(&mut self, name: &str, table: &str) -> Result<()> {
        let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
        let place = || format!("{} has no place for `{name}`: {begin}{end}", self.path.display());
        let from = self.text.find(&begin).with_context(place)? + begin.len();
        let to = from + self.text[from..].find(&end).with_context(place)?;
        self.text.replace_range(from..to, table);
        Ok(())
    }

    pub(crate) fn write(self) -> Result<()> {
        fs::write(&self.path, self.text).with_context(|| format!("{}", self.path.display()))
    }
}
