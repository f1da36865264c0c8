//! Pictures of test frames: `pictures/VIDEO/FRAME.jpg`, and `pictures.json`, which lists those of a video.

use std::fs;
use std::path::PathBuf;

use oddframe_core::{FrameNumber, VideoId};
use serde::{Deserialize, Serialize};

use super::RunFolder;
use super::names::{PICTURES, video_file_stem};
use crate::Error;
use crate::files::{read_json, write_json};

/// Written last: a video has pictures once its list is there.
const LIST: &str = "pictures.json";

/// A picture of a test frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FramePicture {
    /// The number of the frame.
    pub frame: u64,
    /// Its time since the start of the video, where known.
    pub seconds: Option<f64>,
    /// The width of the frame itself, in pixels. The picture may be smaller.
    pub width: usize,
    /// The height of the frame itself.
    pub height: usize,
    /// Whether it is one of the larger pictures of top moments.
    pub large: bool,
}

impl RunFolder {
    /// The pictures of a test video, by frame number; none where the run keeps no pictures.
    ///
    /// # Errors
    /// When the list is damaged.
    pub fn read_pictures(&self, video: &VideoId) -> Result<Vec<FramePicture>, Error> {
        let list = self.picture_list(video);
        if list.exists() {
            read_json(&list)
        } else {
            Ok(Vec::new())
        }
    }

    /// The file of a picture of a test frame.
    pub fn picture_file(&self, video: &VideoId, frame: FrameNumber) -> PathBuf {
        self.video_pictures(video).join(format!("{frame}.jpg"))
    }

    pub(crate) fn has_pictures(&self, video: &VideoId) -> bool {
        self.picture_list(video).exists()
    }

    /// Writes the list of the pictures of a video. The picture files must be written before it.
    pub(crate) fn write_picture_list(
        &self,
        video: &VideoId,
        mut pictures: Vec<FramePicture>,
    ) -> Result<(), Error> {
        pictures.sort_by_key(|picture| picture.frame);
        let folder = self.video_pictures(video);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        write_json(&folder.join(LIST), &pictures)
    }

    /// Removes all pictures, which an earlier session may have kept.
    pub(crate) fn remove_pictures(&self) -> Result<(), Error> {
        let folder = self.path().join(PICTURES);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::io("remove", &folder))?;
        }
        Ok(())
    }

    fn picture_list(&self, video: &VideoId) -> PathBuf {
        self.video_pictures(video).join(LIST)
    }

    fn video_pictures(&self, video: &VideoId) -> PathBuf {
        self.path().join(PICTURES).join(video_file_stem(video))
    }
}
