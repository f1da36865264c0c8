use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::available_parallelism;

use oddframe_core::{Event, Observer};
use oddframe_frames::FolderVideo;
use sha2::{Digest, Sha256};

use super::NamedFile;
use crate::Error;

/// What the digest of a data set is of.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A text that says it all.
    Text(String),
    /// The files of all videos, in order.
    Files(Vec<NamedFile>),
    /// Other content, and what was done to it.
    Changed(Box<Content>, String),
}

impl Content {
    pub(super) fn of_folders(root: &Path, train: &[FolderVideo], test: &[FolderVideo]) -> Self {
        let mut files = Vec::new();
        for path in train.iter().chain(test).flat_map(FolderVideo::paths) {
            let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
            files.push(NamedFile { name, path: path.clone() });
        }
        Self::Files(files)
    }

    pub(super) fn digest(&self, watch: &mut dyn Observer) -> Result<String, Error> {
        match self {
            Self::Text(text) => Ok(hex(Sha256::digest(text))),
            Self::Files(files) => {
                let digests = hash_all(files, watch)?;
                let mut whole = Sha256::new();
                for (file, digest) in files.iter().zip(digests) {
                    whole.update(format!("{digest}  {}\n", file.name));
                }
                Ok(hex(whole.finalize()))
            }
            Self::Changed(content, how) => {
                let whole = format!("{}  {how}", content.digest(watch)?);
                Ok(hex(Sha256::digest(whole)))
            }
        }
    }
}

/// The digests of files, read by as many threads as there are cores.
fn hash_all(files: &[NamedFile], watch: &mut dyn Observer) -> Result<Vec<String>, Error> {
    watch
        .tell(Event::Started { task: "reading the data for its digest", total: Some(files.len() as u64) })?;
    let threads = available_parallelism().map_or(1, NonZero::get);
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let digests = std::thread::scope(|scope| {
        let (sender, done) = mpsc::channel();
        for _ in 0..threads {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(place) else { break };
                    if sender.send((place, hash(&file.path))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut digests = vec![String::new(); files.len()];
        for (count, (place, digest)) in (1..).zip(done) {
            let told = digest.and_then(|digest| {
                digests[place] = digest;
                Ok(watch.tell(Event::Advanced { done: count })?)
            });
            if told.is_err() {
                stop.store(true, Ordering::Relaxed);
                return told.map(|()| digests);
            }
        }
        Ok(digests)
    })?;
    watch.tell(Event::Finished)?;
    Ok(digests)
}

const BUFFER_BYTES: usize = 1 << 17;

fn hash(path: &Path) -> Result<String, Error> {
    let read = || -> io::Result<String> {
        let (mut file, mut hash) = (File::open(path)?, Sha256::new());
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hex(hash.finalize())),
                read => hash.update(&buffer[..read]),
            }
        }
    };
    read().map_err(Error::io("read", path))
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
