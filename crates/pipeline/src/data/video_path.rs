//! One video by its path, for work that knows no data set.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oddframe_core::{FrameSource, FrameStream, Observer, SourceStream, VideoId};
use oddframe_frames::{Dataset, FolderVideo};
use oddframe_video::{DiskStore, Ffmpeg, VideoFile, VideoSet};

use super::content::{Content, NamedFile};
use super::digest::DataDigest;
use super::videos::{decode_file, may_hold_videos};
use crate::Error;

/// The path of one video: a video file, or a folder with the images of one video.
///
/// Videos that are scored by independent workers are named by such paths: no worker has to open the whole data set, whose video
/// files would all be decoded to count their frames.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("gate.mp4");
/// # std::fs::write(&file, "")?;
/// use oddframe_pipeline::VideoPath;
/// let video = VideoPath::new(&file)?;
/// assert_eq!(video.id().name(), "gate");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoPath {
    id: VideoId,
    path: PathBuf,
    is_folder: bool,
}

impl VideoPath {
    /// Takes a path. The video has the name that it has in a data set: that of the file without its ending, or that of the
    /// folder.
    ///
    /// # Errors
    /// When there is nothing at this path, or a folder holds no images.
    pub fn new(path: &Path) -> Result<Self, Error> {
        let metadata = path.metadata().map_err(Error::io("read", path))?;
        if metadata.is_dir() {
            return Ok(Self::of_folder(&FolderVideo::open(path)?));
        }
        Ok(Self::of_file(path))
    }

    /// Finds the videos to score in the folder of a data set, in natural order. No video file is decoded.
    ///
    /// # Errors
    /// When there is no data set, or it has no video to score.
    pub fn find(data: &Path) -> Result<Vec<Self>, Error> {
        let videos: Vec<Self> = match Dataset::open(data) {
            Ok(dataset) => dataset.test().iter().map(Self::of_folder).collect(),
            Err(error) if may_hold_videos(&error) => match VideoSet::find(data) {
                Ok(set) => set.test().iter().map(|file| Self::of_file(file)).collect(),
                Err(oddframe_video::Error::NoVideos { .. }) => return Err(error.into()),
                Err(error) => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        };
        if videos.is_empty() {
            return Err(Error::NoVideos {
                data: data.display().to_string(),
                what: "test",
                advice: "",
            });
        }
        Ok(videos)
    }

    fn of_folder(video: &FolderVideo) -> Self {
        Self {
            id: video.id().clone(),
            path: video.folder().to_path_buf(),
            is_folder: true,
        }
    }

    fn of_file(path: &Path) -> Self {
        Self {
            id: VideoFile::id_of(path),
            path: path.to_path_buf(),
            is_folder: false,
        }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the video.
    pub fn id(&self) -> &VideoId {
        &self.id
    }

    /// Identifies the video by the names, sizes and times of its files, as [`Data::digest`](crate::Data::digest) does.
    ///
    /// # Errors
    /// When a file cannot be read, or the observer cancels.
    pub fn digest(&self, full: bool, observer: &mut dyn Observer) -> Result<DataDigest, Error> {
        let content = if self.is_folder {
            let video = FolderVideo::open(&self.path)?;
            Content::of_folders(&self.path, &[], std::slice::from_ref(&video))
        } else {
            let name = self.path.file_name().unwrap_or(self.path.as_os_str());
            Content::Files(vec![NamedFile {
                name: name.display().to_string(),
                path: self.path.clone(),
            }])
        };
        content.digest(full, observer)
    }

    /// Opens the video for random access. A video file is decoded once for that. Also says how the file is damaged, if it is
    /// and can be read in part.
    ///
    /// # Errors
    /// When no frame can be read, ffmpeg is needed and missing, or the observer cancels.
    pub fn open(
        &self,
        observer: &mut dyn Observer,
    ) -> Result<(Arc<dyn FrameSource>, Option<String>), Error> {
        if self.is_folder {
            return Ok((Arc::new(FolderVideo::open(&self.path)?), None));
        }
        decode_file(self.open_file()?, &DiskStore::default(), observer)
    }

    /// Starts to read the video from its first frame. A video file is not decoded before.
    ///
    /// # Errors
    /// When it cannot be opened, or ffmpeg is needed and missing.
    pub fn stream(&self) -> Result<Box<dyn FrameStream>, Error> {
        if self.is_folder {
            let source = FolderVideo::open(&self.path)?;
            return Ok(Box::new(SourceStream::new(source)));
        }
        Ok(Box::new(self.open_file()?.stream()?))
    }

    fn open_file(&self) -> Result<VideoFile, Error> {
        Ok(VideoFile::open_with(&self.path, &Ffmpeg::find()?)?)
    }
}
