use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::leftover::unfinished_file_name;

/// Files that are being written at this moment.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Writes a temporary file in the same folder and renames it when it is complete: a crash never leaves half a file.
///
/// An existing file is replaced only by a complete one, and the new file gets its permissions. A read-only file is
/// an error. Links are followed. A path that is not a regular file, such as a pipe or `/dev/stdout`, is written to
/// directly.
///
/// # Errors
/// When the file cannot be created, written, synced or renamed, or when `fill` fails. The temporary file is then
/// removed and the old file is unchanged.
pub fn write_atomically<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    // Devices and pipes, such as `/dev/stdout`, are written to directly: renaming a file over them would
    // replace them.
    let before = fs::metadata(path).ok();
    if let Some(there) = &before
        && !there.is_file()
    {
        if there.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
        }
        let mut writer = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        fill(&mut writer)?;
        return Ok(writer.flush()?);
    }
    if let Some(there) = &before {
        check_writable(there)?;
    }
    // The temporary file lies in the folder of the real file: a rename is atomic within one file system only,
    // and renaming over a link would replace the link.
    let target = follow_links(path)?;
    let (file, half) = HalfFile::beside(&target)?;
    let mut writer = BufWriter::new(file);
    fill(&mut writer)?;
    let file = writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    if let Some(there) = before {
        file.set_permissions(there.permissions())?;
    }
    // The contents must reach the disk before the rename does. Otherwise a power failure can leave the new
    // name with an empty file.
    file.sync_all()?;
    drop(file);
    fs::rename(&half.0, &target)?;
    Ok(())
}

/// A rename needs no permission to write the old file, only the folder. Without this check a file that its owner protected
/// would be replaced.
pub(crate) fn check_writable(there: &Metadata) -> io::Result<()> {
    if there.permissions().readonly() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the file there is read-only",
        ));
    }
    Ok(())
}

/// Resolves the links of a path, even when the file that it leads to does not exist yet.
pub(crate) fn follow_links(path: &Path) -> io::Result<PathBuf> {
    /// The limit of Linux.
    const MAX_LINKS: usize = 40;
    let mut target = path.to_path_buf();
    // `canonicalize` fails for a link whose target does not exist yet. Such a link is followed by hand, one
    // step at a time, relative to the folder that holds it.
    for _ in 0..MAX_LINKS {
        if let Ok(real) = fs::canonicalize(&target) {
            return Ok(real);
        }
        match fs::read_link(&target) {
            Ok(next) => target = target.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("too many links, one after the other"))
}

/// Removes a file if it exists.
///
/// # Errors
/// When the file exists and cannot be removed.
pub fn remove_file_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the files that [`write_atomically`] is writing at this moment, on any thread.
///
/// For a program about to end on a signal, whose destructors will not run. A write in progress then fails.
pub fn remove_unfinished_files() {
    for half in unfinished().drain(..) {
        // The program is about to end: there is nobody to report this error to.
        let _ = fs::remove_file(half);
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The unfinished file. Dropping it removes the file unless it was renamed.
#[derive(Debug)]
pub(crate) struct HalfFile(PathBuf);

impl HalfFile {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn beside(target: &Path) -> io::Result<(File, Self)> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        loop {
            // The target's name is not part of this one: it may already have the maximal length.
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let half = target.with_file_name(unfinished_file_name(count));
            // Locked during both steps, so that a signal handler knows of every file that exists.
            let mut unfinished = unfinished();
            match OpenOptions::new().write(true).create_new(true).open(&half) {
                Ok(file) => {
                    unfinished.push(half.clone());
                    return Ok((file, Self(half)));
                }
                // An earlier process with the same id left this file: take the next name.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl Drop for HalfFile {
    fn drop(&mut self) {
        // After a rename there is nothing to remove, and a destructor cannot report an error.
        let _ = fs::remove_file(&self.0);
        unfinished().retain(|half| *half != self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, and the sole right to write: one test removes what others are writing.
    fn folder(name: &str) -> (MutexGuard<'static, ()>, PathBuf) {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let dir =
            std::env::temp_dir().join(format!("oddframe-atomic-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        (alone, dir)
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let (_alone, dir) = folder("failed");
        let path = dir.join("scores.csv");
        write_atomically::<io::Error>(&path, |w| w.write_all(b"old")).unwrap();
        let failed = write_atomically::<io::Error>(&path, |w| {
            w.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        write_atomically::<io::Error>(&path, |w| w.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_missing_folder_and_a_folder_as_target_are_errors() {
        let (_alone, dir) = folder("missing");
        let write = |path: &Path| {
            write_atomically::<io::Error>(path, |w| w.write_all(b"x"))
                .unwrap_err()
                .kind()
        };
        assert_eq!(write(&dir.join("no/such/file")), io::ErrorKind::NotFound);
        assert_eq!(write(&dir), io::ErrorKind::IsADirectory);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn unfinished_files_can_be_removed_from_outside() {
        let (_alone, dir) = folder("unfinished");
        let failed = write_atomically::<io::Error>(&dir.join("scores.csv"), |w| {
            w.write_all(b"half")?;
            assert_eq!(fs::read_dir(&dir)?.count(), 1);
            remove_unfinished_files();
            assert_eq!(fs::read_dir(&dir)?.count(), 0);
            Ok(())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
        fs::remove_dir_all(dir).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_survive() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (_alone, dir) = folder("links");
        let (real, link) = (dir.join("real"), dir.join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        write_atomically::<io::Error>(&link, |w| w.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
        // A link to nothing leads to where it points, and one to itself nowhere.
        symlink("new", dir.join("dangling")).unwrap();
        write_atomically::<io::Error>(&dir.join("dangling"), |w| w.write_all(b"new")).unwrap();
        assert_eq!(fs::read(dir.join("new")).unwrap(), b"new");
        symlink("circle", dir.join("circle")).unwrap();
        assert!(write_atomically::<io::Error>(&dir.join("circle"), |_| Ok(())).is_err());
        assert!(
            fs::symlink_metadata(dir.join("circle"))
                .unwrap()
                .is_symlink()
        );
        // The longest name there is, and a file that its owner protects.
        write_atomically::<io::Error>(&dir.join("n".repeat(255)), |w| w.write_all(b"new")).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o440)).unwrap();
        let protected =
            write_atomically::<io::Error>(&real, |w| w.write_all(b"newer")).unwrap_err();
        assert_eq!(protected.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(fs::read(&real).unwrap(), b"new");
        fs::remove_dir_all(dir).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            eprintln!("skipped: this machine has no /dev/full");
            return;
        }
        let error = write_atomically::<io::Error>(full, |w| w.write_all(b"x")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_missing_file_is_no_error_and_a_folder_is_one() {
        let (_guard, dir) = folder("remove");
        let file = dir.join("a.txt");
        fs::write(&file, "a").unwrap();
        remove_file_if_present(&file).unwrap();
        assert!(!file.exists());
        remove_file_if_present(&file).unwrap();
        assert!(remove_file_if_present(&dir).is_err());
        fs::remove_dir_all(dir).unwrap();
    }
}
