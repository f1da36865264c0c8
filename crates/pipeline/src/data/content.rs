//! What a data set consists of, and how its digest is computed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::UNIX_EPOCH;

use oddframe_core::{Event, Observer, Sha256Digest, available_threads};
use oddframe_frames::FolderVideo;

use super::digest::{DataDigest, DigestKind};
use crate::Error;

/// A file and the name it has within its data set, wherever the data set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedFile {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// What a digest can be computed from.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A text that identifies data without files.
    Description(String),
    /// The files of all videos, in order.
    Files(Vec<NamedFile>),
    /// Other content, and how it was changed.
    Changed(Box<Content>, String),
}

impl Content {
    pub(super) fn of_folders(root: &Path, train: &[FolderVideo], test: &[FolderVideo]) -> Self {
        Self::Files(named_files(root, train.iter().chain(test)))
    }

    pub(super) fn digest(
        &self,
        full: bool,
        observer: &mut dyn Observer,
    ) -> Result<DataDigest, Error> {
        match self {
            Self::Description(text) => Ok(DataDigest {
                of: DigestKind::Description,
                sha256: digest_text(text),
            }),
            Self::Files(files) if full => {
                // The digest of a list of digests: files are hashed in parallel, the list is hashed in order.
                // The lines have the format of `sha256sum`, so that the digest can be checked by hand.
                let digests = hash_all(files, observer)?;
                let mut whole = Sha256Digest::default();
                for (file, digest) in files.iter().zip(digests) {
                    whole.add_file(&file.name, &digest);
                }
                Ok(DataDigest {
                    of: DigestKind::Contents,
                    sha256: whole.into_hex(),
                })
            }
            Self::Files(files) => {
                let mut whole = Sha256Digest::default();
                // Names are relative to the data set, so a copy elsewhere with preserved times has the same
                // digest.
                for file in files {
                    whole.update(describe_file(file)?.as_bytes());
                }
                Ok(DataDigest {
                    of: DigestKind::NamesSizesTimes,
                    sha256: whole.into_hex(),
                })
            }
            Self::Changed(content, how) => {
                let DataDigest { of, sha256 } = content.digest(full, observer)?;
                Ok(DataDigest {
                    of,
                    sha256: digest_text(&format!("{sha256}  {how}")),
                })
            }
        }
    }
}

fn digest_text(text: &str) -> String {
    let mut digest = Sha256Digest::default();
    digest.update(text.as_bytes());
    digest.into_hex()
}

/// A line with the name, the size and the time of a file.
fn describe_file(file: &NamedFile) -> Result<String, Error> {
    let metadata = fs::metadata(&file.path).map_err(Error::io("read", &file.path))?;
    // Where the file system keeps no times, the name and the size identify the file.
    let time = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let time = time.map_or(0, |time| time.as_nanos());
    Ok(format!("{}  {}  {time}\n", file.name, metadata.len()))
}

/// The digests of files, computed by as many threads as there are cores.
fn hash_all(files: &[NamedFile], observer: &mut dyn Observer) -> Result<Vec<String>, Error> {
    let total = Some(files.len() as u64);
    observer.tell(Event::Started {
        task: "computing the digest of the data",
        total,
    })?;
    // Threads claim files one by one from a shared counter, which balances files of very different sizes.
    // Results come back through a channel, because only this thread may call the observer.
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let digests = std::thread::scope(|scope| {
        let (sender, done) = mpsc::channel();
        for _ in 0..available_threads() {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(place) else { break };
                    if sender.send((place, hash_file(&file.path))).is_err() {
                        break;
                    }
                }
            });
        }
        // The loop below ends when all senders are gone; this one would keep it waiting forever.
        drop(sender);
        let mut digests = vec![String::new(); files.len()];
        for (count, (place, digest)) in (1..).zip(done) {
            let result = digest.and_then(|digest| {
                digests[place] = digest;
                Ok(observer.tell(Event::Advanced { done: count })?)
            });
            if result.is_err() {
                // The other threads finish the file they are reading and end; the scope waits for them.
                stop.store(true, Ordering::Relaxed);
                return result.map(|()| Vec::new());
            }
        }
        Ok(digests)
    })?;
    observer.tell(Event::Finished)?;
    Ok(digests)
}

/// The SHA-256 of the contents of a file.
fn hash_file(path: &Path) -> Result<String, Error> {
    Ok(Sha256Digest::of_file(path)?.into_hex())
}

/// The files of two sets of videos, with the names they have within the data set.
fn named_files<'a>(
    root: &'a Path,
    videos: impl Iterator<Item = &'a FolderVideo>,
) -> Vec<NamedFile> {
    let paths = videos.flat_map(FolderVideo::paths);
    let named = paths.map(|path| NamedFile {
        name: path
            .strip_prefix(root)
            .unwrap_or(path)
            .display()
            .to_string(),
        path: path.clone(),
    });
    named.collect()
}
