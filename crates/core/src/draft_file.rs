use std::fs::{self, File, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use crate::atomic::{HalfFile, check_writable, follow_links};

/// A file that another program writes, next to its target, and that is renamed to it when it is complete.
///
/// [`write_atomically`](crate::write_atomically) is for files that are written by this process. As there, an existing file is
/// replaced only by a complete one, which gets its permissions, and links are followed. Dropping a draft removes it.
///
/// ```
/// use oddframe_core::DraftFile;
///
/// # let target = std::env::temp_dir().join(format!("oddframe-draft-file-{}", std::process::id()));
/// let draft = DraftFile::new(&target)?;
/// // Another program would write to this path.
/// std::fs::write(draft.path(), "all of it")?;
/// assert!(!target.exists());
/// draft.finish()?;
/// assert_eq!(std::fs::read_to_string(&target)?, "all of it");
/// # std::fs::remove_file(&target)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct DraftFile {
    half: HalfFile,
    target: PathBuf,
    permissions: Option<Permissions>,
}

impl DraftFile {
    /// Creates an empty draft in the folder of its target.
    ///
    /// # Errors
    /// When the target is there and is no regular file or is read-only, or the draft cannot be created.
    pub fn new(target: &Path) -> io::Result<Self> {
        let target = follow_links(target)?;
        let permissions = match fs::metadata(&target) {
            Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(there) if !there.is_file() => {
                let reason = "only a regular file can be replaced as a whole";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
            }
            Ok(there) => {
                check_writable(&there)?;
                Some(there.permissions())
            }
            Err(_) => None,
        };
        let (_, half) = HalfFile::beside(&target)?;
        Ok(Self {
            half,
            target,
            permissions,
        })
    }

    /// The path to write to.
    pub fn path(&self) -> &Path {
        self.half.path()
    }

    /// Renames the draft to its target.
    ///
    /// # Errors
    /// When the draft is gone, or cannot be synced or renamed. The target is then unchanged.
    pub fn finish(self) -> io::Result<()> {
        let file = File::options().write(true).open(self.half.path())?;
        if let Some(permissions) = self.permissions {
            file.set_permissions(permissions)?;
        }
        // The contents must reach the disk before the rename does.
        file.sync_all()?;
        fs::rename(self.half.path(), &self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("oddframe-draft-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_dropped_draft_leaves_the_old_file_and_nothing_else() {
        let folder = new_folder("dropped");
        let target = folder.join("a.mp4");
        fs::write(&target, "old").unwrap();
        let draft = DraftFile::new(&target).unwrap();
        fs::write(draft.path(), "half").unwrap();
        drop(draft);
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn targets_that_cannot_be_replaced_are_refused_before_anything_is_written() {
        let folder = new_folder("refused");
        let protected = folder.join("protected");
        fs::write(&protected, "old").unwrap();
        let mut permissions = fs::metadata(&protected).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&protected, permissions).unwrap();
        let kind = |path: &Path| DraftFile::new(path).unwrap_err().kind();
        assert_eq!(kind(&protected), io::ErrorKind::PermissionDenied);
        assert_eq!(kind(&folder), io::ErrorKind::IsADirectory);
        assert_eq!(kind(&folder.join("no/such")), io::ErrorKind::NotFound);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
