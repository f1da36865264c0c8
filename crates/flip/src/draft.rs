use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// A folder that is written beside its place; dropping it removes what was not finished.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// Starts a draft beside `target`, which must be empty or not there.
    pub(crate) fn beside(target: &Path) -> Result<Self, Error> {
        let full = fs::canonicalize(target).or_else(|_| std::path::absolute(target));
        let full = full.map_err(Error::io(target))?;
        check(&full)?;
        let parent = full.parent().filter(|_| full.file_name().is_some());
        let parent = parent.ok_or_else(|| Error::NoName { path: full.clone() })?;
        fs::create_dir_all(parent).map_err(Error::io(parent))?;
        Ok(Self {
            path: fresh(&full)?,
            target: full,
        })
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the draft into its place.
    pub(crate) fn finish(self) -> Result<PathBuf, Error> {
        // Writing took a while: what is there now need not be what was there then.
        check(&self.target)?;
        // Only an empty folder can be removed like this, whatever comes into it meanwhile.
        match fs::remove_dir(&self.target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io(&self.target)(error))
            }
            _ => {
                fs::rename(&self.path, &self.target).map_err(Error::io(&self.target))?;
                Ok(self.target.clone())
            }
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing to remove, and a failure here has nobody to hear it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Refuses a target that holds something.
fn check(target: &Path) -> Result<(), Error> {
    match fs::read_dir(target) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Error::NotEmpty {
                path: target.to_path_buf(),
            }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(Error::NotAFolder {
            path: target.to_path_buf(),
        }),
        Err(error) => Err(Error::io(target)(error)),
    }
}

/// Makes a new folder beside `target`, under a name nobody else has.
fn fresh(target: &Path) -> Result<PathBuf, Error> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(format!(
            ".{}.{}.partial",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        let path = target.with_file_name(name);
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            // A leftover of an earlier process of this number: take the next name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io(&path)(error)),
        }
    }
}
