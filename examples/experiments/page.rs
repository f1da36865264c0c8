//! A Markdown page with tables, each between two comments that name it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(crate) struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self {
            path: path.to_path_buf(),
            text,
        })
    }

    /// Replaces the text between `<!-- begin NAME -->` and `<!-- end NAME -->`.
    pub(crate) fn replace_table(&mut self, name: &str, table: &str) -> Result<()> {
        let (begin, end) = (
            format!("<!-- begin {name} -->\n"),
            format!("<!-- end {name} -->"),
        );
        let found = self.text.find(&begin).and_then(|at| {
            let start = at + begin.len();
            Some(start..start + self.text[start..].find(&end)?)
        });
        let path = self.path.display();
        let range = found.with_context(|| {
            format!("{path} has no place for a table: add the lines\n{begin}{end}")
        })?;
        self.text.replace_range(range, table);
        Ok(())
    }

    pub(crate) fn write(self) -> Result<()> {
        fs::write(&self.path, self.text)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}
