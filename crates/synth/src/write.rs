use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use oddframe_core::{Event, Frame, FrameSource, Observer};

use crate::draft::Draft;
use crate::tables::{write_marker, write_tables};
use crate::{Error, Scene, SceneVideo};

/// How a scene is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    quality: u8,
    threads: usize,
    overwrite: bool,
}

impl WriteOptions {
    /// JPEG quality 90, two threads, and a folder that holds something is refused.
    pub const fn new() -> Self {
        Self { quality: 90, threads: 2, overwrite: false }
    }

    /// JPEG quality, 1 to 100.
    #[must_use]
    pub const fn with_quality(self, quality: u8) -> Self {
        Self { quality, ..self }
    }

    /// How many threads paint and encode; 0 counts as 1.
    #[must_use]
    pub const fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Whether a data set that [`Scene::write`] put there is replaced. A folder that holds anything else, or
    /// that has no `synth.toml`, never is.
    #[must_use]
    pub const fn with_overwrite(self, overwrite: bool) -> Self {
        Self { overwrite, ..self }
    }
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// Training frames.
    pub train_frames: usize,
    /// Test frames.
    pub test_frames: usize,
    /// Bytes of all frames.
    pub bytes: u64,
}

impl Scene {
    /// Writes the data set into a folder: `training_videos/NN/frame_DDDDD.jpg`, `testing_videos/…`, and of the
    /// test videos `labels.csv`, `tracks.csv`, `events.csv`, `noise.csv` and `flips.csv`. `synth.toml` names the
    /// preset and the seed.
    ///
    /// Everything is written beside the folder and renamed when it is whole: what is interrupted leaves
    /// nothing. `watch` hears of every frame.
    ///
    /// # Errors
    /// When the folder holds something and may not be replaced, the quality is not 1 to 100, a file cannot be
    /// written, or `watch` asks to stop.
    pub fn write(
        &self,
        dir: &Path,
        options: WriteOptions,
        watch: &mut dyn Observer,
    ) -> Result<Written, Error> {
        self.write_with(dir, options, watch, |_, _| Ok(()))
    }

    /// As [`Self::write`], with more files: `more` gets the unfinished folder once everything else is in it, and
    /// what it adds under `masks` is part of the data set.
    ///
    /// # Errors
    /// As [`Self::write`], or when `more` fails; nothing is left then.
    pub fn write_with<E: From<Error>>(
        &self,
        dir: &Path,
        options: WriteOptions,
        watch: &mut dyn Observer,
        more: impl FnOnce(&Path, &mut dyn Observer) -> Result<(), E>,
    ) -> Result<Written, E> {
        if !(1..=100).contains(&options.quality) {
            return Err(Error::Quality { quality: options.quality }.into());
        }
        let draft = Draft::beside(dir, options.overwrite)?;
        let bytes = self.fill(draft.path(), options, watch)?;
        more(draft.path(), watch)?;
        let frames = |videos: &[SceneVideo]| videos.iter().map(|v| v.numbers().len()).sum();
        let (train_frames, test_frames) = (frames(self.train()), frames(self.test()));
        Ok(Written { folder: draft.finish()?, train_frames, test_frames, bytes })
    }

    /// Writes frames and tables; the bytes of all frames.
    fn fill(&self, dir: &Path, options: WriteOptions, watch: &mut dyn Observer) -> Result<u64, Error> {
        let jobs = self.jobs(dir);
        for folder in jobs.iter().filter_map(|job| job.path.parent()).collect::<BTreeSet<_>>() {
            fs::create_dir_all(folder).map_err(Error::io(folder))?;
        }
        watch.tell(Event::Started { task: "writing the scene", total: Some(jobs.len() as u64) })?;
        let bytes = write_frames(&jobs, options, watch)?;
        write_tables(self, dir)?;
        write_marker(self, dir)?;
        watch.tell(Event::Finished)?;
        Ok(bytes)
    }

    fn jobs(&self, dir: &Path) -> Vec<Job<'_>> {
        let mut jobs = Vec::new();
        for (split, videos) in [("training_videos", self.train()), ("testing_videos", self.test())] {
            for video in videos {
                let folder = dir.join(split).join(video.id().name());
                let paths =
                    video.numbers().iter().map(|number| folder.join(format!("frame_{:05}.jpg", number.0)));
                jobs.extend(paths.enumerate().map(|(index, path)| Job { video, index, path }));
            }
        }
        jobs
    }
}

/// One frame to write.
struct Job<'a> {
    video: &'a SceneVideo,
    index: usize,
    path: PathBuf,
}

impl Job<'_> {
    /// Paints, encodes and writes the frame; the number of bytes. The buffers are used again.
    fn run(&self, quality: u8, frame: &mut Frame, jpeg: &mut Vec<u8>) -> Result<u64, Error> {
        self.video.read_into(self.index, frame)?;
        jpeg.clear();
        // The sides of every preset fit 16 bits.
        let (width, height) = (frame.shape().width() as u16, frame.shape().height() as u16);
        let mut encoder = Encoder::new(&mut *jpeg, quality);
        // Colour at half the resolution, as cameras and video files have it.
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        encoder
            .encode(frame.pixels(), width, height, ColorType::Rgb)
            .map_err(|source| Error::Encode { path: self.path.clone(), source })?;
        fs::write(&self.path, &jpeg).map_err(Error::io(&self.path))?;
        Ok(jpeg.len() as u64)
    }
}

/// Runs the jobs on threads while this one tells the observer, which may stop them.
fn write_frames(jobs: &[Job<'_>], options: WriteOptions, watch: &mut dyn Observer) -> Result<u64, Error> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..options.threads.clamp(1, 64) {
            let send = send.clone();
            let (next, stop) = (&next, &stop);
            scope.spawn(move || {
                let Some(first) = jobs.first() else { return };
                let (mut frame, mut jpeg) = (Frame::new(first.video.shape()), Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                    if send.send(job.run(options.quality, &mut frame, &mut jpeg)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let (mut done, mut bytes) = (0, 0);
        for written in receive {
            let told = written.and_then(|size| {
                bytes += size;
                done += 1;
                Ok(watch.tell(Event::Advanced { done })?)
            });
            if let Err(error) = told {
                stop.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(bytes)
    })
}
