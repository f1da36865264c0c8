//! The test videos of a run, found again.

use std::path::Path;
use std::sync::Arc;

use oddframe_core::{FrameSource, FrameStream, SourceStream, VideoId};

use crate::{Data, Error, RunFolder, VideoPath};

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
    Paths(Vec<VideoPath>),
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
        Ok(Self::new(name, Videos::Paths(VideoPath::find(path)?)))
    }

    fn new(from: String, videos: Videos) -> Self {
        Self { from, videos }
    }

    /// Whether a path leads to one of the video files, so that nobody writes over what is to be read.
    pub fn has_file(&self, path: &Path) -> bool {
        let (Videos::Paths(videos), Ok(path)) = (&self.videos, path.canonicalize()) else {
            return false;
        };
        let mut paths = videos
            .iter()
            .filter_map(|video| video.path().canonicalize().ok());
        paths.any(|video| video == path)
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
            Videos::Paths(videos) => {
                let mut videos = videos.iter();
                videos
                    .find(|path| path.id() == video)
                    .ok_or_else(missing)?
                    .stream()
            }
        }
    }
}

impl std::fmt::Debug for Videos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sources(sources) => f.debug_tuple("Sources").field(&sources.len()).finish(),
            Self::Paths(paths) => f.debug_tuple("Paths").field(paths).finish(),
        }
    }
}
