//! Error maps of test frames: `maps/SYSTEM.N/VIDEO/FRAME.npy`, and `VIDEO.json` once those of a video are complete.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind};
use std::path::PathBuf;

use oddframe_core::{FrameNumber, ScoreMap, VideoId};
use oddframe_labels::read_npy;
use serde_json::json;

use super::RunFolder;
use super::names::{MAPS, video_file_stem};
use crate::Error;
use crate::files::write_json;

impl RunFolder {
    /// The folder of the error maps, which is there when the run kept them.
    pub fn maps_folder(&self) -> PathBuf {
        self.path().join(MAPS)
    }

    /// The error map of a frame by one member of a system. None where the run keeps no maps, the system gives none, or not for
    /// this frame.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn read_map(
        &self,
        system: &str,
        member: usize,
        video: &VideoId,
        frame: FrameNumber,
    ) -> Result<Option<ScoreMap>, Error> {
        let folder = self.member_maps(system, member);
        let path = folder
            .join(video_file_stem(video))
            .join(format!("{frame}.npy"));
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.map_err(Error::io("read", &path))?,
        };
        let array = read_npy(BufReader::new(file)).map_err(Error::damaged(&path))?;
        match array.shape[..] {
            [_, width] if width > 0 && !array.values.is_empty() => Ok(Some(ScoreMap {
                number: frame,
                width,
                values: array.values.iter().map(|value| *value as f32).collect(),
            })),
            _ => Err(Error::damaged(&path)("the array has no rows and columns")),
        }
    }

    /// Whether the maps of a video are complete.
    pub(crate) fn has_maps(&self, system: &str, member: usize, video: &VideoId) -> bool {
        self.maps_mark(system, member, video).exists()
    }

    /// Marks the maps of a video as complete. Maps are written frame by frame, so an existing folder does
    /// not show that all of them are there.
    pub(crate) fn complete_maps(
        &self,
        system: &str,
        member: usize,
        video: &VideoId,
    ) -> Result<(), Error> {
        write_json(
            &self.maps_mark(system, member, video),
            &json!({ "complete": true }),
        )
    }

    /// Removes all maps, which an earlier session may have kept.
    pub(crate) fn remove_maps(&self) -> Result<(), Error> {
        let folder = self.maps_folder();
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::io("remove", &folder))?;
        }
        Ok(())
    }

    fn maps_mark(&self, system: &str, member: usize, video: &VideoId) -> PathBuf {
        let name = format!("{}.json", video_file_stem(video));
        self.member_maps(system, member).join(name)
    }

    fn member_maps(&self, system: &str, member: usize) -> PathBuf {
        self.maps_folder().join(format!("{system}.{member}"))
    }
}
