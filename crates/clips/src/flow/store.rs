use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use oddframe_core::{
    Error, Event, Frame, FrameNumber, FrameShape, FrameSource, Gaps, ModelFolder, Observer,
    PixelFormat, Video, write_atomically,
};

use super::FlowReader;
use super::reader::has_flow;
use super::resizer::FlowResizer;
use crate::FlowInput;
use crate::clip_frames::ClipFrames;

/// Keeps the flow of training videos in files, one for each video.
///
/// Training reads every flow many times, and estimating one may take seconds. The flow of a video is estimated once and
/// written to a file when the video is complete. A training that was stopped finds the files of an earlier session and
/// estimates only what is missing. Memory does not grow with the videos: values are read from the files when they are
/// needed, and the system keeps in its cache what fits there.
///
/// [`ClipSet::of_flow`](crate::ClipSet::of_flow) cuts clips from a store:
///
/// ```
/// use oddframe_clips::{ClipSet, Examples, FlowInput, FlowReader, FlowStore};
/// use oddframe_core::{FrameInput, FrameSource, Gaps, PixelFormat, Silent, WindowSpec};
/// use oddframe_flow::{Farneback, FarnebackOptions};
/// use oddframe_frames::prepared;
/// use oddframe_synth::{Preset, Scene};
///
/// let scene = Scene::new(Preset::Tiny, 0);
/// let gray = FrameInput::new(48, 32, PixelFormat::Gray)?;
/// let input = FlowInput::new(gray, 24, 16)?;
/// let video = prepared(gray, &scene.train()[0])?;
/// let frames = video.numbers().len();
///
/// let method = Farneback::new(FarnebackOptions::default())?;
/// let mut reader = FlowReader::new(Box::new(method), Gaps::Span);
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let store = FlowStore::fill(&[&*video], input, &mut reader, folder, "farneback", &mut Silent)?;
///
/// // Windows of nine flows: the first frame of the video has none.
/// let clips = ClipSet::of_flow(&store, WindowSpec::new(9, 1)?)?;
/// assert_eq!(clips.len(), frames - 1 - 8);
///
/// // The training is done.
/// drop(clips);
/// store.remove_files()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FlowStore {
    input: FlowInput,
    folder: PathBuf,
    videos: Vec<StoredFlow>,
}

/// The flow of a video, in a file.
#[derive(Debug)]
pub(crate) struct StoredFlow {
    /// The frames that have a flow.
    video: Video,
    path: PathBuf,
    file: Mutex<File>,
    /// The place of the first value.
    start: u64,
    /// The values of a flow.
    values: usize,
}

/// The beginning of every file of flow; the number is that of the format.
const MAGIC: &[u8] = b"oddframe flow 1\n";

impl FlowStore {
    /// Estimates the flow of the videos, whose frames are prepared as [`FlowInput::frames`] says, and keeps it in files
    /// in `folder`, which is created. Files of an earlier call are used when they were written for the same video and the
    /// same `key`, which names the method and everything that changes its results.
    ///
    /// A video of a single frame has no flow. It is left out with a warning.
    ///
    /// # Errors
    /// When a frame cannot be read, the method cannot use the frames, a file cannot be written or read, or the observer
    /// cancels.
    pub fn fill(
        videos: &[&dyn FrameSource],
        input: FlowInput,
        reader: &mut FlowReader,
        folder: &Path,
        key: &str,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        ModelFolder::create(folder)?;
        let frames = videos.iter().map(|video| video.numbers().len() as u64);
        observer.tell(Event::Started {
            task: "estimating optical flow",
            total: Some(frames.sum()),
        })?;
        let mut done = 0;
        let mut stored = Vec::new();
        for (place, source) in videos.iter().enumerate() {
            let Some(video) = describe_flow(*source, input, reader.gaps())? else {
                let id = source.id();
                let message = format!(
                    "training video {id} has no two frames in a row, and therefore no flow; it is not learned from"
                );
                observer.tell(Event::Warned { message: &message })?;
                continue;
            };
            let path = folder.join(format!("{place}.flow"));
            let mut job = VideoJob {
                source: *source,
                input,
                reader,
                observer,
                done: &mut done,
            };
            stored.push(job.open_or_write(video, path, key)?);
            done = done.max(
                videos[..=place]
                    .iter()
                    .map(|v| v.numbers().len() as u64)
                    .sum(),
            );
            observer.tell(Event::Advanced { done })?;
        }
        observer.tell(Event::Finished)?;
        Ok(Self {
            input,
            folder: folder.to_path_buf(),
            videos: stored,
        })
    }

    /// Removes the files and their folder, once nothing is learned from them any more.
    ///
    /// # Errors
    /// When the folder cannot be removed.
    pub fn remove_files(self) -> Result<(), Error> {
        // The files are closed first.
        drop(self.videos);
        fs::remove_dir_all(&self.folder).map_err(file_error("remove", &self.folder))
    }

    /// What a network sees of the flow.
    pub fn input(&self) -> FlowInput {
        self.input
    }

    pub(crate) fn videos(&self) -> &[StoredFlow] {
        &self.videos
    }
}

/// The video of the frames that have a flow; none when no frame has.
fn describe_flow(
    source: &dyn FrameSource,
    input: FlowInput,
    gaps: Gaps,
) -> Result<Option<Video>, Error> {
    let pairs = source.numbers().windows(2);
    let numbers: Vec<FrameNumber> = pairs
        .filter(|pair| has_flow(pair[0], pair[1], gaps))
        .map(|pair| pair[1])
        .collect();
    if numbers.is_empty() {
        return Ok(None);
    }
    let clip = input.clip(1);
    // The format is that of the frames: flow has none.
    let shape = FrameShape::new(clip.width, clip.height, PixelFormat::Gray)?;
    Video::new(source.id().clone(), shape, numbers).map(Some)
}

/// One video whose flow is wanted.
struct VideoJob<'a> {
    source: &'a dyn FrameSource,
    input: FlowInput,
    reader: &'a mut FlowReader,
    observer: &'a mut dyn Observer,
    /// Frames of all videos that were read.
    done: &'a mut u64,
}

impl VideoJob<'_> {
    fn open_or_write(
        &mut self,
        video: Video,
        path: PathBuf,
        key: &str,
    ) -> Result<StoredFlow, Error> {
        // The header holds everything that the values depend on, so that equal headers mean equal values.
        let numbers = video.numbers().iter();
        let numbers: Vec<String> = numbers.map(ToString::to_string).collect();
        let text = format!(
            "{key}\n{:?}\n{}\n{}\n",
            self.input,
            video.id(),
            numbers.join(" ")
        );
        let mut header = MAGIC.to_vec();
        header.extend((text.len() as u64).to_le_bytes());
        header.extend(text.bytes());

        let values = self.input.clip(1).frame_values();
        let bytes = (header.len() + video.len() * values * size_of::<f32>()) as u64;
        if !has_header(&path, &header, bytes) {
            self.write_file(&path, &header, values)?;
        }
        let file = File::open(&path).map_err(file_error("open", &path))?;
        Ok(StoredFlow {
            video,
            path,
            file: Mutex::new(file),
            start: header.len() as u64,
            values,
        })
    }

    /// Estimates the flow of the video and writes it. The file appears when it is complete.
    fn write_file(&mut self, path: &Path, header: &[u8], values: usize) -> Result<(), Error> {
        let mut resizer = FlowResizer::new(self.input);
        let mut image = vec![0.0; values];
        let mut frame = Frame::default();
        self.reader.start_video();
        let written = write_atomically(path, |file| {
            file.write_all(header)?;
            for (index, number) in self.source.numbers().iter().enumerate() {
                self.source.read_into(index, &mut frame)?;
                if let Some(flow) = self.reader.push_frame(&frame, *number)? {
                    resizer.write_values(flow, &mut image)?;
                    write_values(file, &image)?;
                }
                *self.done += 1;
                self.observer.tell(Event::Advanced { done: *self.done })?;
            }
            Ok(())
        });
        written.map_err(|error| match error {
            WriteError::Io(source) => file_error("write", path)(source),
            WriteError::Core(error) => error,
        })
    }
}

/// Why a file of flow was not written.
enum WriteError {
    Io(io::Error),
    Core(Error),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

fn write_values(file: &mut dyn Write, values: &[f32]) -> io::Result<()> {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    file.write_all(&bytes)
}

/// Whether there is a file of this length that begins like this.
fn has_header(path: &Path, header: &[u8], bytes: u64) -> bool {
    let Ok(mut file) = File::open(path) else {
        return false;
    };
    let mut found = vec![0; header.len()];
    file.metadata().is_ok_and(|there| there.len() == bytes)
        && file.read_exact(&mut found).is_ok()
        && found == header
}

impl ClipFrames for &StoredFlow {
    fn video(&self) -> &Video {
        &self.video
    }

    fn write_frame(&self, index: usize, out: &mut [f32]) -> Result<(), Error> {
        Error::check_length("values of a flow", self.values, out.len())?;
        let size = self.values * size_of::<f32>();
        let mut bytes = vec![0; size];
        {
            // A file has one position, so that reading is one step for other threads.
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(self.start + (index * size) as u64))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(file_error("read", &self.path))?;
        }
        for (out, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
            *out = f32::from_le_bytes(*bytes);
        }
        Ok(())
    }
}

/// For `map_err`: a file of flow that cannot be used.
fn file_error<'a>(action: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
    move |source| {
        let error = crate::Error::FlowFile {
            action,
            path: path.to_path_buf(),
            problem: source.to_string(),
        };
        error.into()
    }
}
