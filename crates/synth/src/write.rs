use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use oddframe_core::{DraftFolder, DraftFolderError, Event, Frame, FrameSource, Observer};

use crate::error::MARKER;
use crate::tables::{write_marker, write_tables};
use crate::{Error, Scene, SceneVideo};

/// The names that a data set's folder may hold for it to be replaced.
const DATA_SET_NAMES: [&str; 9] = [
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

/// Options of [`Scene::write`].
///
/// ```
/// use oddframe_synth::WriteOptions;
/// let options = WriteOptions::new().with_quality(95).with_threads(4);
/// assert_ne!(options, WriteOptions::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    quality: u8,
    threads: usize,
    overwrite: bool,
}

impl WriteOptions {
    /// JPEG quality 90, two threads, and no overwriting.
    pub const fn new() -> Self {
        Self {
            quality: 90,
            threads: 2,
            overwrite: false,
        }
    }

    /// Sets the JPEG quality, 1 to 100.
    #[must_use]
    pub const fn with_quality(self, quality: u8) -> Self {
        Self { quality, ..self }
    }

    /// Sets the number of threads that paint and encode; 0 counts as 1.
    #[must_use]
    pub const fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Allows [`Scene::write`] to replace a data set that it wrote before. A folder that holds
    /// anything else, or no `synth.toml`, is never replaced.
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

/// The summary of a written data set.
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
    /// Writes the data set into a folder: `training_videos/NN/frame_DDDDD.jpg`, `testing_videos/…`,
    /// and for the test videos `labels.csv`, `tracks.csv`, `events.csv`, `noise.csv` and
    /// `flips.csv`. `synth.toml` names the preset and the seed.
    ///
    /// The data set is written next to the folder and renamed when it is complete, so that an
    /// interruption leaves nothing. `watch` is told about every frame and can cancel.
    ///
    /// # Errors
    /// When the folder holds something and may not be replaced, the quality is not 1 to 100, a file
    /// cannot be written, or `watch` cancels.
    ///
    /// ```
    /// use oddframe_core::Silent;
    /// use oddframe_synth::{Preset, Scene, WriteOptions};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path().join("tiny");
    /// let written = Scene::new(Preset::Tiny, 42).write(&dir, WriteOptions::new(), &mut Silent)?;
    /// assert_eq!((written.train_frames, written.test_frames), (120, 120));
    /// assert!(dir.join("testing_videos/01/frame_00000.jpg").exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(
        &self,
        dir: &Path,
        options: WriteOptions,
        watch: &mut dyn Observer,
    ) -> Result<Written, Error> {
        self.write_with(dir, options, watch, |_, _| Ok(()))
    }

    /// Writes the data set like [`Self::write`], with additional files: `more` gets the unfinished
    /// folder when everything else is in it. Files that it adds under `masks` belong to the data
    /// set.
    ///
    /// # Errors
    /// The errors of [`Self::write`] and of `more`; the draft is removed then.
    pub fn write_with<E: From<Error>>(
        &self,
        dir: &Path,
        options: WriteOptions,
        watch: &mut dyn Observer,
        more: impl FnOnce(&Path, &mut dyn Observer) -> Result<(), E>,
    ) -> Result<Written, E> {
        if !(1..=100).contains(&options.quality) {
            return Err(Error::Quality {
                quality: options.quality,
            }
            .into());
        }
        let draft = if options.overwrite {
            DraftFolder::replacing(dir)
        } else {
            DraftFolder::new(dir)
        };
        let draft = draft.map_err(Error::from)?;
        if options.overwrite {
            check_replaceable(draft.target())?;
        }
        let bytes = self.write_contents(draft.path(), options, watch)?;
        more(draft.path(), watch)?;
        if options.overwrite {
            // Something may have appeared while the data set was written.
            check_replaceable(draft.target())?;
        }
        let (train_frames, test_frames) = (count_frames(self.train()), count_frames(self.test()));
        Ok(Written {
            folder: draft.finish().map_err(Error::from)?,
            train_frames,
            test_frames,
            bytes,
        })
    }

    /// Writes the frames and the tables. Returns the bytes of all frames.
    fn write_contents(
        &self,
        dir: &Path,
        options: WriteOptions,
        watch: &mut dyn Observer,
    ) -> Result<u64, Error> {
        let jobs = self.list_jobs(dir);
        // Each folder once, before the threads write to them.
        for folder in jobs
            .iter()
            .filter_map(|job| job.path.parent())
            .collect::<BTreeSet<_>>()
        {
            fs::create_dir_all(folder).map_err(Error::io(folder))?;
        }
        watch.tell(Event::Started {
            task: "writing the scene",
            total: Some(jobs.len() as u64),
        })?;
        let bytes = write_frames(&jobs, options, watch)?;
        write_tables(self, dir)?;
        write_marker(self, dir)?;
        watch.tell(Event::Finished)?;
        Ok(bytes)
    }

    fn list_jobs(&self, dir: &Path) -> Vec<Job<'_>> {
        let mut jobs = Vec::new();
        for (split, videos) in [
            ("training_videos", self.train()),
            ("testing_videos", self.test()),
        ] {
            for video in videos {
                let folder = dir.join(split).join(video.id().name());
                let paths = video
                    .numbers()
                    .iter()
                    .map(|number| folder.join(format!("frame_{:05}.jpg", number.0)));
                jobs.extend(
                    paths
                        .enumerate()
                        .map(|(index, path)| Job { video, index, path }),
                );
            }
        }
        jobs
    }
}

fn count_frames(videos: &[SceneVideo]) -> usize {
    videos.iter().map(|video| video.numbers().len()).sum()
}

/// Refuses a target that holds anything but a data set of this crate.
fn check_replaceable(target: &Path) -> Result<(), Error> {
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(DraftFolderError::NotAFolder {
                path: target.to_path_buf(),
            }
            .into());
        }
        Err(error) => return Err(Error::io(target)(error)),
    };
    let (mut empty, mut marked) = (true, false);
    for entry in entries {
        let name = entry.map_err(Error::io(target))?.file_name();
        if !DATA_SET_NAMES.iter().any(|known| name == *known) {
            let entry = name.to_string_lossy().into_owned();
            return Err(Error::Foreign {
                path: target.to_path_buf(),
                entry,
            });
        }
        empty = false;
        marked |= name == MARKER;
    }
    if empty || marked {
        Ok(())
    } else {
        Err(Error::Unmarked {
            path: target.to_path_buf(),
        })
    }
}

/// One frame to write.
struct Job<'a> {
    video: &'a SceneVideo,
    index: usize,
    path: PathBuf,
}

impl Job<'_> {
    /// Paints, encodes and writes the frame, reusing the buffers. Returns the number of bytes.
    fn write_frame(
        &self,
        quality: u8,
        frame: &mut Frame,
        jpeg: &mut Vec<u8>,
    ) -> Result<u64, Error> {
        self.video.read_into(self.index, frame)?;
        jpeg.clear();
        // The sides of every preset fit 16 bits.
        let (width, height) = (frame.shape().width() as u16, frame.shape().height() as u16);
        let mut encoder = Encoder::new(&mut *jpeg, quality);
        // Colours at half the resolution, as in the files of cameras.
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        encoder
            .encode(frame.pixels(), width, height, ColorType::Rgb)
            .map_err(|source| Error::Encode {
                path: self.path.clone(),
                source,
            })?;
        fs::write(&self.path, &jpeg).map_err(Error::io(&self.path))?;
        Ok(jpeg.len() as u64)
    }
}

/// Runs the jobs on worker threads while the calling thread informs the observer, which can cancel.
fn write_frames(
    jobs: &[Job<'_>],
    options: WriteOptions,
    watch: &mut dyn Observer,
) -> Result<u64, Error> {
    // Each worker takes the next job from a shared counter. Frames differ in cost, so fixed shares
    // would leave some workers idle; the order of the results does not matter.
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
                    let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                        return;
                    };
                    if send
                        .send(job.write_frame(options.quality, &mut frame, &mut jpeg))
                        .is_err()
                    {
                        return;
                    }
                }
            });
        }
        // Without this sender the loop below would not end when the workers do.
        drop(send);
        let (mut done, mut bytes) = (0, 0);
        for written in receive {
            let told = written.and_then(|size| {
                bytes += size;
                done += 1;
                Ok(watch.tell(Event::Advanced { done })?)
            });
            if let Err(error) = told {
                // The workers finish their current frame and stop.
                stop.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(bytes)
    })
}
