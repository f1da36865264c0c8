use std::fs::File;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameShape, PixelFormat, VideoId};

use crate::decoder::{Conversion, Decoder};
use crate::pixels::PipePixels;
use crate::{Error, Ffmpeg, VideoInfo};

/// A video file whose header was read.
///
/// The video has the name of the file without its ending. Frames are in colour unless the file is gray or
/// [`with_format`](Self::with_format) asks for gray; they are turned as the file says they are to be shown.
///
/// ```no_run
/// use oddframe_core::{Frame, FrameStream};
/// use oddframe_video::VideoFile;
/// # use std::path::Path;
/// let mut stream = VideoFile::open(Path::new("clip.mp4"))?.stream()?;
/// let mut frame = Frame::default();
/// while stream.next_into(&mut frame)? {
///     println!("frame {} at {:?}", frame.number(), frame.time());
/// }
/// if let Some(damage) = stream.damage() {
///     eprintln!("clip.mp4 is damaged: {damage}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct VideoFile {
    path: PathBuf,
    id: VideoId,
    ffmpeg: Ffmpeg,
    info: VideoInfo,
    format: PixelFormat,
}

impl VideoFile {
    /// Finds ffmpeg and opens a file.
    ///
    /// # Errors
    /// As [`Ffmpeg::find`] and [`Self::open_with`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, &Ffmpeg::find()?)
    }

    /// Opens a file with an ffmpeg that was found before.
    ///
    /// # Errors
    /// When the file cannot be read or has no video, or ffprobe does not answer.
    pub fn open_with(path: &Path, ffmpeg: &Ffmpeg) -> Result<Self, Error> {
        // The message of the operating system is clearer than that of ffmpeg.
        let opened = File::open(path).and_then(|file| file.metadata());
        let metadata = opened.map_err(|source| Error::Io {
            path: path.to_path_buf(),
            source,
        })?;
        if metadata.is_dir() {
            return Err(Error::NotAVideo {
                path: path.to_path_buf(),
                message: "it is a folder; VideoSet finds the files in it".to_owned(),
            });
        }
        let info = VideoInfo::read(path, ffmpeg)?;
        Ok(Self {
            id: Self::id_of(path),
            path: path.to_path_buf(),
            ffmpeg: ffmpeg.clone(),
            format: PipePixels::of(&info).format(),
            info,
        })
    }

    /// Gives all frames as gray or as RGB, whatever the file holds. Gray is computed from RGB as for image files.
    #[must_use]
    pub fn with_format(self, format: PixelFormat) -> Self {
        Self { format, ..self }
    }

    /// The name that a file has as a video: its own without the ending.
    pub fn id_of(path: &Path) -> VideoId {
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        VideoId::new(&stem.to_string_lossy())
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the video.
    pub fn id(&self) -> &VideoId {
        &self.id
    }

    /// What the header says.
    pub fn info(&self) -> &VideoInfo {
        &self.info
    }

    /// Starts to decode the file from its beginning. Returns the decoder and the shape of the frames.
    pub(crate) fn start_decoder(&self) -> Result<(Decoder, FrameShape), Error> {
        let conversion = Conversion {
            pipe: PipePixels::of(&self.info),
            format: self.format,
        };
        Decoder::start(&self.path, &self.ffmpeg, conversion)
    }
}
