use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oddframe_core::FrameShape;

/// Where decoded frames are kept for random access, and how many bytes of them.
///
/// Clones share the budget, so that one store serves all videos of a data set. A video that does not fit is not kept: its
/// frames are decoded anew when they are read, which is fast in order and slow at random. The files have no name on Unix
/// and disappear with their [`VideoSource`](crate::VideoSource).
///
/// ```
/// use oddframe_video::DiskStore;
/// let store = DiskStore::temporary(2 << 30);
/// assert_eq!(store.remaining_bytes(), 2 << 30);
/// ```
#[derive(Debug, Clone)]
pub struct DiskStore {
    folder: PathBuf,
    remaining: Arc<AtomicU64>,
}

impl DiskStore {
    /// The usual budget: 6,200 frames of 640x360 RGB.
    pub const BUDGET_BYTES: u64 = 4 << 30;

    /// Keeps frames in a folder.
    pub fn new(folder: &Path, budget_bytes: u64) -> Self {
        Self {
            folder: folder.to_path_buf(),
            remaining: Arc::new(AtomicU64::new(budget_bytes)),
        }
    }

    /// Keeps frames in the folder that the system has for temporary files.
    pub fn temporary(budget_bytes: u64) -> Self {
        Self::new(&std::env::temp_dir(), budget_bytes)
    }

    /// The part of the budget that is left.
    pub fn remaining_bytes(&self) -> u64 {
        self.remaining.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: u64) -> bool {
        self.remaining
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |rest| {
                rest.checked_sub(bytes)
            })
            .is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.remaining.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Default for DiskStore {
    /// [`Self::BUDGET_BYTES`] in the folder for temporary files.
    fn default() -> Self {
        Self::temporary(Self::BUDGET_BYTES)
    }
}

/// The frames of one video in a file, one after the other.
#[derive(Debug)]
pub(crate) struct StoredFrames {
    file: PrivateFile,
    frame_bytes: u64,
    /// The bytes that were taken from the budget.
    taken: u64,
    store: DiskStore,
}

/// Writes frames to a store until they end or do not fit.
#[derive(Debug)]
pub(crate) struct StoreWriter {
    stored: StoredFrames,
    writer: BufWriter<File>,
}

impl StoreWriter {
    /// None when the store cannot hold a single frame, or its folder cannot be written to.
    pub(crate) fn new(store: &DiskStore, shape: FrameShape) -> Option<Self> {
        if store.remaining_bytes() < shape.bytes() as u64 {
            return None;
        }
        let file = PrivateFile::create(&store.folder).ok()?;
        let writer = BufWriter::with_capacity(1 << 20, file.file.try_clone().ok()?);
        let stored = StoredFrames {
            file,
            frame_bytes: shape.bytes() as u64,
            taken: 0,
            store: store.clone(),
        };
        Some(Self { stored, writer })
    }

    /// Adds a frame; false when it does not fit the budget or the disk, and nothing is kept then.
    pub(crate) fn push(&mut self, pixels: &[u8]) -> bool {
        let bytes = self.stored.frame_bytes;
        if !self.stored.store.take(bytes) {
            return false;
        }
        self.stored.taken += bytes;
        self.writer.write_all(pixels).is_ok()
    }

    /// The frames for reading; none when the disk is full.
    pub(crate) fn finish(mut self) -> Option<StoredFrames> {
        self.writer.flush().ok()?;
        Some(self.stored)
    }
}

impl StoredFrames {
    /// Reads a frame. Several threads may read at once.
    pub(crate) fn read(&self, index: usize, pixels: &mut [u8]) -> io::Result<()> {
        self.file.read_at(index as u64 * self.frame_bytes, pixels)
    }
}

impl Drop for StoredFrames {
    fn drop(&mut self) {
        self.store.give_back(self.taken);
    }
}

/// A file that only this process and its user can read, and that is removed with this value.
#[derive(Debug)]
struct PrivateFile {
    file: File,
    #[cfg(not(unix))]
    path: PathBuf,
    #[cfg(not(unix))]
    turn: std::sync::Mutex<()>,
}

impl PrivateFile {
    fn create(folder: &Path) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(
                "oddframe-video-{}-{count}.frames",
                std::process::id()
            ));
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            match options.open(&path) {
                Ok(file) => return Self::remove_name(file, path),
                // Left over from an earlier process with the same number: take the next name.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes the name at once: the contents stay until the file is closed, also when the process is killed.
    #[cfg(unix)]
    fn remove_name(file: File, path: PathBuf) -> io::Result<Self> {
        std::fs::remove_file(path)?;
        Ok(Self { file })
    }

    #[cfg(not(unix))]
    fn remove_name(file: File, path: PathBuf) -> io::Result<Self> {
        let turn = std::sync::Mutex::default();
        Ok(Self { file, path, turn })
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, offset)
    }

    #[cfg(not(unix))]
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let _turn = self
            .turn
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(bytes)
    }
}

#[cfg(not(unix))]
impl Drop for PrivateFile {
    fn drop(&mut self) {
        // A destructor cannot report an error, and the folder is one of temporary files.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::PixelFormat;

    use super::*;

    #[test]
    fn frames_come_back_and_so_does_the_budget() {
        let folder = tempfile::tempdir().unwrap();
        let store = DiskStore::new(folder.path(), 8 * 5);
        let shape = FrameShape::new(4, 2, PixelFormat::Gray).unwrap();
        let mut writer = StoreWriter::new(&store, shape).unwrap();
        for value in 0..3 {
            assert!(writer.push(&[value; 8]));
        }
        let stored = writer.finish().unwrap();
        assert_eq!(store.remaining_bytes(), 16);
        let mut pixels = [9; 8];
        for index in [2, 0, 1] {
            stored.read(index, &mut pixels).unwrap();
            assert_eq!(pixels, [index as u8; 8]);
        }
        assert!(stored.read(3, &mut pixels).is_err());
        // A second video does not fit: nothing of it is kept.
        let mut second = StoreWriter::new(&store, shape).unwrap();
        assert!(second.push(&[1; 8]) && second.push(&[1; 8]) && !second.push(&[1; 8]));
        drop(second);
        assert_eq!(store.remaining_bytes(), 16);
        drop(stored);
        assert_eq!(store.remaining_bytes(), 40);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(StoreWriter::new(&DiskStore::new(folder.path(), 0), shape).is_none());
    }
}
