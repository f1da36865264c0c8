//! The repairs of each test video.

use std::fs;

use oddframe_core::{FrameNumber, Labels, RepairAction, VideoId, VideoLabels};
use oddframe_frames::{Substitute, VideoRepairs};
use serde::{Deserialize, Serialize};

use super::{RunFolder, VideoRecord};
use crate::Error;
use crate::files::{read_json, write_json};

/// The repairs of one video: `scores/repair/VIDEO.json`, written before the scores of the video.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepairRecord {
    /// The name of the video.
    pub(crate) video: String,
    /// The frames that could not be read, and which frames were shown instead.
    pub(crate) substitutes: Vec<SubstituteRecord>,
    /// What the flip repair decided about each frame; empty without it.
    pub(crate) flips: Vec<FlipRecord>,
}

/// A frame that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubstituteRecord {
    pub(crate) frame: u64,
    /// The frame that was shown instead.
    pub(crate) donor: u64,
    pub(crate) error: String,
}

/// The decision of the flip repair about a frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlipRecord {
    pub(crate) frame: u64,
    pub(crate) flipped: bool,
    pub(crate) probability: f64,
}

impl From<&VideoRepairs> for RepairRecord {
    fn from(repairs: &VideoRepairs) -> Self {
        let flips = repairs
            .numbers
            .iter()
            .zip(&repairs.decisions)
            .map(|(number, decision)| FlipRecord {
                frame: number.0,
                flipped: decision.action == RepairAction::FlipVertically,
                probability: decision.probability,
            });
        Self {
            video: repairs.id.name().to_owned(),
            substitutes: repairs
                .substitutes
                .iter()
                .map(SubstituteRecord::from)
                .collect(),
            flips: flips.collect(),
        }
    }
}

impl From<&Substitute> for SubstituteRecord {
    fn from(substitute: &Substitute) -> Self {
        Self {
            frame: substitute.frame.0,
            donor: substitute.donor.0,
            error: substitute.error.clone(),
        }
    }
}

impl RepairRecord {
    /// A sentence for each frame that was replaced.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = String> {
        self.substitutes.iter().map(|substitute| {
            let SubstituteRecord {
                frame,
                donor,
                error,
            } = substitute;
            format!(
                "video {}: frame {donor} is used in place of frame {frame}: {error}",
                self.video
            )
        })
    }
}

impl RepairRecord {
    /// The frames of a video that the flip repair flipped.
    pub(crate) fn flipped_frames(repairs: &[Self], video: &VideoId) -> Vec<u64> {
        let record = repairs
            .iter()
            .find(|record| *video == record.video.as_str().into());
        let flips = record.into_iter().flat_map(|record| &record.flips);
        flips
            .filter(|flip| flip.flipped)
            .map(|flip| flip.frame)
            .collect()
    }

    /// The decisions of the flip repair as labels: true for frames that were flipped.
    pub(crate) fn flip_labels(&self) -> Result<Labels, Error> {
        let (numbers, flipped) = self
            .flips
            .iter()
            .map(|flip| (FrameNumber(flip.frame), flip.flipped))
            .unzip();
        Ok(Labels::new(vec![VideoLabels::new(
            self.video.as_str().into(),
            numbers,
            flipped,
        )?])?)
    }
}

impl RunFolder {
    pub(crate) fn write_repairs(&self, repairs: &VideoRepairs) -> Result<(), Error> {
        // Written before the scores of the video. Scores without this file would lose the record of replaced
        // frames; this file without scores is written again.
        let path = self.repairs_file(&repairs.id);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        write_json(&path, &RepairRecord::from(repairs))
    }

    /// The frames of a test video that the flip repair turned upside down before they were scored.
    ///
    /// # Errors
    /// When the record of the repairs is damaged.
    pub fn read_flipped_frames(&self, video: &VideoId) -> Result<Vec<FrameNumber>, Error> {
        let path = self.repairs_file(video);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let flipped = RepairRecord::flipped_frames(&[read_json(&path)?], video);
        Ok(flipped.into_iter().map(FrameNumber).collect())
    }

    /// The repairs of the test videos that are scored.
    pub(crate) fn read_repairs(&self) -> Result<Vec<RepairRecord>, Error> {
        let files = self
            .record()
            .data
            .test
            .iter()
            .map(|video: &VideoRecord| self.repairs_file(&video.id()));
        files
            .filter(|path| path.exists())
            .map(|path| read_json(&path))
            .collect()
    }
}
