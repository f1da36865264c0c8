use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use oddframe_core::{
    DraftFolder, Error as CoreError, Event, Frame, FrameSource, Observer, VideoId,
    available_threads,
};

use crate::{Error, FrameFormat};

/// How repaired frames are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    format: FrameFormat,
    threads: usize,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl WriteOptions {
    /// JPEG of quality 95, and a thread for each core.
    pub const fn new() -> Self {
        Self {
            format: FrameFormat::Jpeg { quality: 95 },
            threads: 0,
        }
    }

    /// Sets the format.
    #[must_use]
    pub const fn with_format(self, format: FrameFormat) -> Self {
        Self { format, ..self }
    }

    /// Sets the number of threads that read, encode and write; 0 is one for each core.
    #[must_use]
    pub const fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    fn threads(self) -> usize {
        match self.threads {
            0 => available_threads(),
            threads => threads,
        }
    }
}

/// Writes videos as a folder of folders of images, `VIDEO/frame_DDDDD.jpg`, that can be opened as a data set again:
/// the documented `cleaned_testing_videos`. Returns the absolute path of the folder.
///
/// Everything is written next to the folder and renamed when it is complete, so that an interruption leaves nothing
/// behind. `watch` is told of every frame.
///
/// # Errors
/// When there is no video, two videos have the same name, a name cannot be the name of a folder, the folder is not empty,
/// the quality is not from 1 to 100, a frame cannot be read, a file cannot be written, or `watch` cancels.
pub fn write_cleaned(
    videos: &[&dyn FrameSource],
    folder: &Path,
    options: WriteOptions,
    watch: &mut dyn Observer,
) -> Result<PathBuf, Error> {
    options.format.check()?;
    check_names(videos)?;
    let draft = DraftFolder::new(folder)?;
    let mut jobs = Vec::new();
    for &video in videos {
        let folder = draft.path().join(video.id().name());
        fs::create_dir(&folder).map_err(Error::io(&folder))?;
        let extension = options.format.extension();
        let path = |number: u64| folder.join(format!("frame_{number:05}.{extension}"));
        jobs.extend(
            video
                .numbers()
                .iter()
                .enumerate()
                .map(|(index, number)| Job {
                    video,
                    index,
                    path: path(number.0),
                }),
        );
    }
    watch.tell(Event::Started {
        task: "writing repaired frames",
        total: Some(jobs.len() as u64),
    })?;
    write_all(&jobs, options, watch)?;
    watch.tell(Event::Finished)?;
    Ok(draft.finish()?)
}

/// Rejects names that would leave the folder, and names that are equal.
fn check_names(videos: &[&dyn FrameSource]) -> Result<(), Error> {
    if videos.is_empty() {
        return Err(CoreError::Nothing {
            what: "video to write",
        }
        .into());
    }
    let mut names = BTreeSet::new();
    for video in videos {
        let id: &VideoId = video.id();
        let mut parts = Path::new(id.name()).components();
        // A name such as `..`, `a/b` or `/a` has other components than one normal one.
        let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == id.name());
        if !plain || id.name().contains(['/', '\\']) {
            return Err(Error::FolderName { video: id.clone() });
        }
        if !names.insert(id) {
            return Err(CoreError::DuplicateVideo { video: id.clone() }.into());
        }
    }
    Ok(())
}

/// One frame to write.
struct Job<'a> {
    video: &'a dyn FrameSource,
    index: usize,
    path: PathBuf,
}

impl Job<'_> {
    /// Reads, encodes and writes the frame. The buffers are reused.
    fn run(
        &self,
        format: FrameFormat,
        frame: &mut Frame,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.video.read_into(self.index, frame)?;
        let failed = |source| Error::Encode {
            path: self.path.clone(),
            source,
        };
        format.encode(frame, bytes).map_err(failed)?;
        fs::write(&self.path, bytes).map_err(Error::io(&self.path))
    }
}

/// Runs the jobs on other threads. This thread reports to the observer, which may cancel them.
fn write_all(
    jobs: &[Job<'_>],
    options: WriteOptions,
    watch: &mut dyn Observer,
) -> Result<(), Error> {
    let Some(first) = jobs.first() else {
        return Ok(());
    };
    // Workers take the next job from a counter, so that a slow frame delays no other worker. Each result goes through the
    // channel: this thread counts them, and an error or a cancellation sets `stop`, which workers read before each job.
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (send, receive) = mpsc::channel();
    let work = |send: mpsc::Sender<Result<(), Error>>| {
        let (mut frame, mut bytes) = (Frame::new(first.video.shape()), Vec::new());
        while !stop.load(Ordering::Relaxed) {
            let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            if send
                .send(job.run(options.format, &mut frame, &mut bytes))
                .is_err()
            {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..options.threads().min(jobs.len()) {
            let send = send.clone();
            scope.spawn(|| work(send));
        }
        // The loop below ends when the last sender is gone: the workers have clones, this one would keep it waiting for
        // ever.
        drop(send);
        for (done, written) in receive.into_iter().enumerate() {
            let told = written.and_then(|()| {
                Ok(watch.tell(Event::Advanced {
                    done: done as u64 + 1,
                })?)
            });
            if told.is_err() {
                stop.store(true, Ordering::Relaxed);
                return told;
            }
        }
        Ok(())
    })
}
