use std::time::Duration;

use oddframe_core::{
    Error as CoreError, Event, Frame, FrameNumber, FrameSource, FrameStream, Observer, Silent,
    Video,
};

use crate::cursor::Cursors;
use crate::disk_store::{StoreWriter, StoredFrames};
use crate::{DiskStore, Error, FileDamage, VideoFile};

/// A video file with random access, for training, previews and everything else that reads a
/// [`FrameSource`]. Made by [`VideoFile::into_source`].
///
/// Opening it decodes the whole file once, because only that tells how many frames there are. Where the frames fit the
/// budget of the [`DiskStore`] they are kept, and reading any of them is as fast as the disk. Otherwise frames are decoded
/// again as they are read: once more for a pass from front to back, whatever number of threads read ahead, and from the
/// beginning for a frame far back.
///
/// ```no_run
/// use oddframe_core::FrameSource;
/// use oddframe_video::{DiskStore, VideoFile};
/// # use std::path::Path;
/// let source = VideoFile::open(Path::new("clip.mp4"))?.into_source(&DiskStore::default())?;
/// println!("{} frames of {}", source.numbers().len(), source.shape());
/// let last = source.read(source.numbers().len() - 1)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct VideoSource {
    video: Video,
    file: VideoFile,
    times: Vec<Option<Duration>>,
    damage: Option<FileDamage>,
    frames: Frames,
}

/// Where frames are read from.
#[derive(Debug)]
enum Frames {
    Stored(StoredFrames),
    Decoded(Box<Cursors>),
}

impl VideoFile {
    /// Decodes the file once to count its frames, and opens it for random access. The frames are kept on disk while they
    /// fit the budget of `store`.
    ///
    /// # Errors
    /// When the file cannot be decoded. A damaged file whose frames can be decoded in part is no error; see
    /// [`VideoSource::damage`].
    pub fn into_source(self, store: &DiskStore) -> Result<VideoSource, Error> {
        self.into_source_with(store, &mut Silent)
    }

    /// As [`Self::into_source`], and tells the observer about each frame that was decoded.
    ///
    /// # Errors
    /// As [`Self::into_source`], and when the observer cancels.
    pub fn into_source_with(
        self,
        store: &DiskStore,
        observer: &mut dyn Observer,
    ) -> Result<VideoSource, Error> {
        VideoSource::decode(self, store, observer)
    }
}

impl VideoSource {
    fn decode(
        file: VideoFile,
        store: &DiskStore,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        // What the header announces may be wrong: progress can end early or go beyond it.
        observer.tell(Event::Started {
            task: &format!("counting the frames of {}", file.path().display()),
            total: file.info().announced_frames,
        })?;
        let mut stream = file.stream()?;
        let mut frame = Frame::default();
        let mut times = Vec::new();
        let mut shape = None;
        let mut writer = None;
        while stream.next_into(&mut frame)? {
            if shape.is_none() {
                shape = Some(frame.shape());
                writer = StoreWriter::new(store, frame.shape());
            }
            // A video is kept whole or not at all, and what was written of it so far is given up.
            if writer
                .as_mut()
                .is_some_and(|writer: &mut StoreWriter| !writer.push(frame.pixels()))
            {
                writer = None;
            }
            times.push(frame.time());
            observer.tell(Event::Advanced {
                done: times.len() as u64,
            })?;
        }
        observer.tell(Event::Finished)?;
        let Some(shape) = shape else {
            return Err(Error::NoFrames {
                path: file.path().to_path_buf(),
                message: "the stream is empty".to_owned(),
            });
        };
        let numbers = (0..times.len() as u64).map(FrameNumber).collect();
        let video = Video::new(file.id().clone(), shape, numbers)?;
        let frames = if let Some(stored) = writer.and_then(StoreWriter::finish) {
            Frames::Stored(stored)
        } else {
            let cursors = Cursors::new(file.clone(), times.len(), shape.bytes());
            Frames::Decoded(Box::new(cursors))
        };
        Ok(Self {
            damage: stream.damage().cloned(),
            video,
            file,
            times,
            frames,
        })
    }

    /// The file.
    pub fn file(&self) -> &VideoFile {
        &self.file
    }

    /// Signs that the file is damaged.
    pub fn damage(&self) -> Option<&FileDamage> {
        self.damage.as_ref()
    }

    /// The time of the frame at `index` since the first frame, where known.
    pub fn time(&self, index: usize) -> Option<Duration> {
        self.times.get(index).copied().flatten()
    }

    /// Whether the frames are kept on disk.
    pub fn is_stored(&self) -> bool {
        matches!(self.frames, Frames::Stored(_))
    }
}

impl FrameSource for VideoSource {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        let number = self.number_at(index)?;
        match &self.frames {
            Frames::Stored(stored) => {
                out.reset(self.shape(), number);
                let read = stored.read(index, out.pixels_mut());
                read.map_err(|source| CoreError::Read {
                    video: self.id().clone(),
                    frame: number,
                    path: Some(self.file.path().to_path_buf()),
                    source: source.into(),
                })?;
                out.set_time(self.time(index));
                Ok(())
            }
            Frames::Decoded(cursors) => cursors.read(index, out),
        }
    }

    fn frames_per_second(&self) -> Option<f64> {
        self.file.info().frames_per_second
    }
}
