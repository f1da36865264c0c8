use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The reason why a [`DraftFolder`] could not be created or put in place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DraftFolderError {
    /// The target holds something.
    #[error("{} is not empty: name another folder, or allow it to be overwritten", path.display())]
    NotEmpty {
        /// The target.
        path: PathBuf,
    },
    /// The target is a file.
    #[error("{} is a file: name a folder", path.display())]
    NotAFolder {
        /// The target.
        path: PathBuf,
    },
    /// The target has no name of its own, such as the root folder.
    #[error("{} cannot be replaced: name a new folder in it", path.display())]
    NoName {
        /// The target.
        path: PathBuf,
    },
    /// A folder could not be created, listed, renamed or removed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
}

impl DraftFolderError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}

/// A folder that is written next to its target and renamed to it when it is complete, so that an
/// interruption never leaves an incomplete folder under the target's name.
///
/// Dropping a draft removes it.
///
/// # Examples
/// ```
/// use oddframe_core::DraftFolder;
///
/// # let target = std::env::temp_dir().join(format!("oddframe-draft-example-{}", std::process::id()));
/// # let _ = std::fs::remove_dir_all(&target);
/// // `target` does not exist yet.
/// let draft = DraftFolder::new(&target)?;
/// std::fs::write(draft.path().join("scores.csv"), "video,frame,score\n")?;
/// assert!(!target.exists());
/// draft.finish()?;
/// assert!(target.join("scores.csv").exists());
/// # std::fs::remove_dir_all(&target)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DraftFolder {
    path: PathBuf,
    target: PathBuf,
    replaces: bool,
}

impl DraftFolder {
    /// A draft for a target that does not exist or is an empty folder. Missing parents are created.
    ///
    /// # Errors
    /// When the target is a file or holds something, has no name, or the draft cannot be created.
    pub fn new(target: &Path) -> Result<Self, DraftFolderError> {
        let target = absolute_target(target)?;
        check_empty(&target)?;
        Self::create(target, false)
    }

    /// A draft that replaces whatever the target holds when it is finished. The caller checks that
    /// this may be removed.
    ///
    /// # Errors
    /// When the target has no name, or the draft cannot be created.
    pub fn replacing(target: &Path) -> Result<Self, DraftFolderError> {
        Self::create(absolute_target(target)?, true)
    }

    fn create(target: PathBuf, replaces: bool) -> Result<Self, DraftFolderError> {
        let parent = target.parent().filter(|_| target.file_name().is_some());
        let parent = parent.ok_or_else(|| DraftFolderError::NoName {
            path: target.clone(),
        })?;
        fs::create_dir_all(parent).map_err(|source| DraftFolderError::io(parent, source))?;
        // A sibling of the target is on the same file system, so that the final rename is atomic.
        Ok(Self {
            path: create_sibling(&target)?,
            target,
            replaces,
        })
    }

    /// The folder to write to.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The absolute path of the target.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Renames the draft to its target, and returns the target's absolute path.
    ///
    /// # Errors
    /// When the target is not empty by now and is not to be replaced, or when a folder cannot be
    /// renamed. The target is then as it was.
    pub fn finish(self) -> Result<PathBuf, DraftFolderError> {
        if self.replaces && self.target.exists() {
            self.swap_with_target()?;
            return Ok(self.target.clone());
        }
        // Something may have appeared since the draft was created.
        check_empty(&self.target)?;
        // `remove_dir` removes only an empty folder, even if something appears after the check.
        match fs::remove_dir(&self.target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(DraftFolderError::io(&self.target, error));
            }
            _ => fs::rename(&self.path, &self.target)
                .map_err(|source| DraftFolderError::io(&self.target, source))?,
        }
        Ok(self.target.clone())
    }

    /// Moves the target aside, renames the draft to it, and removes the old target.
    fn swap_with_target(&self) -> Result<(), DraftFolderError> {
        let aside = create_sibling(&self.target)?;
        let old = aside.join("old");
        let swapped = fs::rename(&self.target, &old).and_then(|()| {
            // On failure, restore the old target. The first error is the one to report.
            fs::rename(&self.path, &self.target)
                .inspect_err(|_| drop(fs::rename(&old, &self.target)))
        });
        if let Err(error) = swapped {
            // Removes the folder only if it is empty: a target that could not be restored is not
            // lost.
            let _ = fs::remove_dir(&aside);
            return Err(DraftFolderError::io(&self.target, error));
        }
        fs::remove_dir_all(&aside).map_err(|source| DraftFolderError::io(&aside, source))
    }
}

impl Drop for DraftFolder {
    fn drop(&mut self) {
        // After the rename there is nothing to remove, and a destructor cannot report an error.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// The absolute path of a target that may not exist; links are resolved if it does.
fn absolute_target(target: &Path) -> Result<PathBuf, DraftFolderError> {
    let absolute = fs::canonicalize(target).or_else(|_| std::path::absolute(target));
    absolute.map_err(|source| DraftFolderError::io(target, source))
}

/// Refuses a target that is a file or holds something.
fn check_empty(target: &Path) -> Result<(), DraftFolderError> {
    match fs::read_dir(target) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(DraftFolderError::NotEmpty {
                path: target.to_path_buf(),
            }),
        },
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            io::ErrorKind::NotADirectory => Err(DraftFolderError::NotAFolder {
                path: target.to_path_buf(),
            }),
            _ => Err(DraftFolderError::io(target, error)),
        },
    }
}

/// Creates a new hidden folder next to `target`.
fn create_sibling(target: &Path) -> Result<PathBuf, DraftFolderError> {
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
            // Left over from an earlier process with the same number: take the next name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(DraftFolderError::io(&path, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty folder for one test.
    fn test_folder(name: &str) -> PathBuf {
        let dir =
            std::env::temp_dir().join(format!("oddframe-draft-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn a_dropped_draft_leaves_nothing() {
        let dir = test_folder("dropped");
        let draft = DraftFolder::new(&dir.join("run")).unwrap();
        fs::write(draft.path().join("file"), "text").unwrap();
        drop(draft);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_target_that_holds_something_is_refused_at_the_start_and_at_the_end() {
        let dir = test_folder("refused");
        let target = dir.join("run");
        let draft = DraftFolder::new(&target).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("thesis.tex"), "text").unwrap();
        assert!(matches!(
            draft.finish(),
            Err(DraftFolderError::NotEmpty { .. })
        ));
        assert!(matches!(
            DraftFolder::new(&target),
            Err(DraftFolderError::NotEmpty { .. })
        ));
        let file = target.join("thesis.tex");
        assert!(matches!(
            DraftFolder::new(&file),
            Err(DraftFolderError::NotAFolder { .. })
        ));
        assert!(matches!(
            DraftFolder::replacing(Path::new("/")),
            Err(DraftFolderError::NoName { .. })
        ));
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn an_empty_target_is_used_and_an_old_one_replaced_on_request() {
        let dir = test_folder("replaced");
        let target = dir.join("run");
        fs::create_dir(&target).unwrap();
        DraftFolder::new(&target).unwrap().finish().unwrap();
        fs::write(target.join("old"), "text").unwrap();
        let draft = DraftFolder::replacing(&target).unwrap();
        fs::write(draft.path().join("new"), "text").unwrap();
        assert_eq!(draft.finish().unwrap(), target.canonicalize().unwrap());
        assert!(target.join("new").exists() && !target.join("old").exists());
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(dir).unwrap();
    }
}
