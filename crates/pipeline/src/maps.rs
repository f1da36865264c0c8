//! The error maps of a scored video as files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{Mask, ScoreMap, StreamInfo, VideoId, remove_leftover_files, write_atomically};
use oddframe_frames::Regions;
use oddframe_labels::write_npy;

use crate::Error;
use crate::run_folder::video_file_stem;

/// Where error maps go, and of which systems.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MapTarget<'a> {
    pub(crate) folder: &'a Path,
    /// Whether systems that are scored for comparison alone are left out.
    pub(crate) fused_only: bool,
}

/// Writes the error maps of one output: `FOLDER/VIDEO/FRAME.npy`.
pub(crate) struct MapWriter {
    folder: PathBuf,
    regions: Regions,
    /// The current video.
    video: Option<MappedVideo>,
}

struct MappedVideo {
    id: VideoId,
    folder: PathBuf,
    /// The size of its frames, where known.
    frame: Option<(usize, usize)>,
    /// The ignored pixels of its maps, for the size of the last one.
    ignored: Option<Mask>,
}

impl MapWriter {
    pub(crate) fn new(folder: PathBuf, regions: &Regions) -> Self {
        Self {
            folder,
            regions: regions.clone(),
            video: None,
        }
    }

    /// Creates the folder of a video.
    pub(crate) fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        let folder = self.folder.join(video_file_stem(info.id()));
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        remove_leftover_files(&folder);
        self.video = Some(MappedVideo {
            id: info.id().clone(),
            folder,
            frame: info.shape().map(|shape| (shape.width(), shape.height())),
            ignored: None,
        });
        Ok(())
    }

    /// Writes a map, with zeros where the picture is ignored.
    pub(crate) fn write(&mut self, mut map: ScoreMap) -> Result<(), Error> {
        let Some(video) = &mut self.video else {
            return Ok(());
        };
        // A map has the size of the prepared frame, not of the video's own frames.
        let height = map.values.len() / map.width.max(1);
        if self.regions.apply_to(&video.id) {
            let size = (map.width, height);
            let ignored = match video.ignored.take() {
                Some(mask) if (mask.width(), mask.height()) == size => mask,
                _ => {
                    let frame = video.frame.unwrap_or(size);
                    self.regions.ignored_when_shown(&video.id, frame, size)?
                }
            };
            for (start, length) in ignored.runs() {
                map.values[start..start + length].fill(0.0);
            }
            video.ignored = Some(ignored);
        }
        let path = video.folder.join(format!("{}.npy", map.number));
        write_atomically(&path, |file| {
            write_npy(file, &[height, map.width], &map.values).map_err(io::Error::other)
        })
        .map_err(Error::io("write", &path))
    }
}
