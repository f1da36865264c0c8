//! The test videos of a run, found again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oddframe_core::{FrameSource, FrameStream, SourceStream, VideoId};
use oddframe_frames::Dataset;
use oddframe_video::{Ffmpeg, VideoFile, VideoSet};

use crate::data::may_hold_videos;
use crate::{Data, Error, RunFolder};

/// The test videos of a run, to be read once more from front to back: a run folder has their scores and not their frames.
///
/// Video files are not decoded until they are read.
#[derive(Debug)]
pub struct TestVideos {
    from: String,
    videos: Videos,
}

enum Videos {
    Sources(Vec<Arc<dyn FrameSource>>),
    Files(Vec<PathBuf>),
}

impl TestVideos {
    /// Finds the test videos of a run where the run found them, or in the data set `data`, for example after they were moved.
    ///
    /// # Errors
    /// When they are not there.
    pub fn find(run: &RunFolder, data: Option<&Path>) -> Result<Self, Error> {
        let from = &run.record().data.name;
        if data.is_none() {
            let scene = Data::scene(&run.recipe().scene)?;
            if scene.name() == from {
                let videos = Videos::Sources(scene.test_videos().to_vec());
                return Ok(Self::new(from.clone(), videos));
            }
        }
        let path = data.unwrap_or(Path::new(from));
        let name = path.display().to_string();
        if data.is_none() && !path.exists() {
            return Err(Error::NoTestVideos { from: name });
        }
        match Dataset::open(path) {
            Ok(dataset) => {
                let test = dataset.test().iter();
                let test = test.map(|video| Arc::new(video.clone()) as Arc<dyn FrameSource>);
                Ok(Self::new(name, Videos::Sources(test.collect())))
            }
            Err(error) if may_hold_videos(&error) => match VideoSet::find(path) {
                Ok(set) => Ok(Self::new(name, Videos::Files(set.test().to_vec()))),
                Err(oddframe_video::Error::NoVideos { .. }) => Err(error.into()),
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    fn new(from: String, videos: Videos) -> Self {
        Self { from, videos }
    }

    /// Whether a path leads to one of the video files, so that nobody writes over what is to be read.
    pub fn has_file(&self, path: &Path) -> bool {
        let (Videos::Files(files), Ok(path)) = (&self.videos, path.canonicalize()) else {
            return false;
        };
        let mut files = files.iter().filter_map(|file| file.canonicalize().ok());
        files.any(|file| file == path)
    }

    /// Starts to read a video from its first frame.
    ///
    /// # Errors
    /// When the data has no such video, or it cannot be opened.
    pub fn stream(&self, video: &VideoId) -> Result<Box<dyn FrameStream>, Error> {
        let missing = || Error::NoSuchVideo {
            from: self.from.clone(),
            video: video.clone(),
        };
        match &self.videos {
            Videos::Sources(sources) => {
                let found = sources.iter().find(|source| source.id() == video);
                let source = Arc::clone(found.ok_or_else(missing)?);
                Ok(Box::new(SourceStream::new(source)))
            }
            Videos::Files(files) => {
                let is_named = |path: &&PathBuf| VideoFile::id_of(path) == *video;
                let path = files.iter().find(is_named).ok_or_else(missing)?;
                let file = VideoFile::open_with(path, &Ffmpeg::find()?)?;
                Ok(Box::new(file.stream()?))
            }
        }
    }
}

impl std::fmt::Debug for Videos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sources(sources) => f.debug_tuple("Sources").field(&sources.len()).finish(),
            Self::Files(files) => f.debug_tuple("Files").field(files).finish(),
        }
    }
}
