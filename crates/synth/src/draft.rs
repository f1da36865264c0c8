use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// Lies in every data set that was written here. Its other names are those of real data sets too, which nobody
/// can make again.
pub(crate) const MARKER: &str = "synth.toml";

/// What a data set's folder may hold for it to be replaced.
const OWN: [&str; 9] = [
    MARKER,
    "training_videos",
    "testing_videos",
    "masks",
    "labels.csv",
    "tracks.csv",
    "events.csv",
    "noise.csv",
    "flips.csv",
];

/// A folder that is written beside its place; dropping it removes what was not finished.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    target: PathBuf,
    overwrite: bool,
}

impl Draft {
    /// Starts a draft beside `target`.
    pub(crate) fn beside(target: &Path, overwrite: bool) -> Result<Self, Error> {
        let full = fs::canonicalize(target).or_else(|_| std::path::absolute(target));
        let full = full.map_err(Error::io(target))?;
        check(&full, overwrite)?;
        let parent = full.parent().filter(|_| full.file_name().is_some());
        let parent = parent.ok_or_else(|| Error::NoName { path: full.clone() })?;
        fs::create_dir_all(parent).map_err(Error::io(parent))?;
        Ok(Self { path: fresh(&full)?, target: full, overwrite })
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the draft into its place, instead of what is there.
    pub(crate) fn finish(self) -> Result<PathBuf, Error> {
        // Writing took a while: what is there now need not be what was there then.
        check(&self.target, self.overwrite)?;
        if self.overwrite && self.target.exists() {
            self.replace()?;
        } else {
            // Only an empty folder can be removed like this, whatever comes into it meanwhile.
            match fs::remove_dir(&self.target) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io(&self.target)(error));
                }
                _ => fs::rename(&self.path, &self.target).map_err(Error::io(&self.target))?,
            }
        }
        Ok(self.target.clone())
    }

    /// Moves what is there aside, the draft into its place, and removes what was there.
    fn replace(&self) -> Result<(), Error> {
        let aside = fresh(&self.target)?;
        let old = aside.join("old");
        let put = || {
            fs::rename(&self.target, &old)?;
            // Back to how it was; the first failure is the one to tell.
            fs::rename(&self.path, &self.target).inspect_err(|_| drop(fs::rename(&old, &self.target)))
        };
        if let Err(error) = put() {
            // Only if it is empty: what could not be put back is not lost.
            let _ = fs::remove_dir(&aside);
            return Err(Error::io(&self.target)(error));
        }
        fs::remove_dir_all(&aside).map_err(Error::io(&aside))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing to remove, and a failure here has nobody to hear it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Refuses a target that must not be replaced.
fn check(target: &Path, overwrite: bool) -> Result<(), Error> {
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(Error::NotAFolder { path: target.to_path_buf() });
        }
        Err(error) => return Err(Error::io(target)(error)),
    };
    let (mut empty, mut marked) = (true, false);
    for entry in entries {
        let name = entry.map_err(Error::io(target))?.file_name();
        if !overwrite {
            return Err(Error::NotEmpty { path: target.to_path_buf() });
        }
        if !OWN.iter().any(|own| name == *own) {
            let entry = name.to_string_lossy().into_owned();
            return Err(Error::Foreign { path: target.to_path_buf(), entry });
        }
        empty = false;
        marked |= name == MARKER;
    }
    if !(empty || marked) {
        return Err(Error::Unmarked { path: target.to_path_buf() });
    }
    Ok(())
}

/// Makes a new folder beside `target`, under a name nobody else has.
fn fresh(target: &Path) -> Result<PathBuf, Error> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(format!(".{}.{}.partial", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let path = target.with_file_name(name);
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            // A leftover of an earlier process of this number: take the next name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io(&path)(error)),
        }
    }
}
