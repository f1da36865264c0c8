//! Unfinished files: their names, and their removal after their process was killed.

use std::fs::{self, DirEntry};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

/// After this time a file of another machine, whose processes cannot be seen from here, counts as left over. Writing
/// takes seconds; clocks of machines that share a file system may differ by minutes.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The name of the unfinished file with this number: `.oddframe.MACHINE.PROCESS.COUNT.tmp`.
pub(crate) fn unfinished_file_name(count: u64) -> String {
    format!(
        ".oddframe.{:016x}.{}.{count}.tmp",
        host_id(),
        std::process::id()
    )
}

/// Removes the unfinished files in a folder that nobody is writing any more.
///
/// A process that is killed while [`write_atomically`](crate::write_atomically) runs leaves such a file behind. Files
/// of running processes stay. Whether a process of another machine or container runs is unknown: its files stay for a
/// day. A folder that cannot be listed is left unchanged.
pub fn remove_leftover_files(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_leftover(&entry) {
            // Another process may remove the same file at the same time.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_leftover(entry: &DirEntry) -> bool {
    match unfinished_file_owner(&entry.file_name().to_string_lossy()) {
        None => false,
        Some((owner, process)) if owner == host_id() && Path::new("/proc/self").exists() => {
            process != std::process::id() && !Path::new(&format!("/proc/{process}")).exists()
        }
        Some(_) => entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|written| written.elapsed().is_ok_and(|age| age > ABANDONED_AFTER)),
    }
}

/// The machine and the process that write an unfinished file of this name; none for any other file.
fn unfinished_file_owner(name: &str) -> Option<(u64, u32)> {
    let inner = name.strip_prefix(".oddframe.")?.strip_suffix(".tmp")?;
    let mut parts = inner.split('.');
    let machine = u64::from_str_radix(parts.next()?, 16).ok()?;
    let process = parts.next()?.parse().ok()?;
    parts.next()?.parse::<u64>().ok()?;
    parts.next().is_none().then_some((machine, process))
}

/// Identifies the machine, its boot and its container.
///
/// A process id is unique only within these three: without this number, a process of another machine that writes to
/// the same disk could be mistaken for one of this machine.
fn host_id() -> u64 {
    static ID: OnceLock<u64> = OnceLock::new();
    *ID.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        // Both are missing on systems without `/proc`, where no process can be looked up either.
        fs::read("/proc/sys/kernel/random/boot_id")
            .ok()
            .hash(&mut hasher);
        fs::read_link("/proc/self/ns/pid").ok().hash(&mut hasher);
        hasher.finish()
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn files_of_killed_processes_are_removed_and_others_stay() {
        let folder =
            std::env::temp_dir().join(format!("oddframe-leftovers-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (here, elsewhere) = (host_id(), host_id() ^ 1);
        // Process numbers of Linux are below 2^22.
        let killed = folder.join(format!(".oddframe.{here:016x}.4294967295.0.tmp"));
        let own = folder.join(unfinished_file_name(7));
        let foreign = folder.join(format!(".oddframe.{elsewhere:016x}.4294967295.0.tmp"));
        let abandoned = folder.join(format!(".oddframe.{elsewhere:016x}.4294967295.1.tmp"));
        let other = folder.join(".oddframe.notes.tmp");
        let all = [&killed, &own, &foreign, &abandoned, &other];
        for path in all {
            fs::write(path, "half").unwrap();
        }
        let two_days_ago = SystemTime::now() - 2 * ABANDONED_AFTER;
        File::options()
            .write(true)
            .open(&abandoned)
            .unwrap()
            .set_modified(two_days_ago)
            .unwrap();
        remove_leftover_files(&folder);
        let processes_are_known = Path::new("/proc/self").exists();
        assert_eq!(
            all.map(|path| path.exists()),
            [!processes_are_known, true, true, false, true]
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
