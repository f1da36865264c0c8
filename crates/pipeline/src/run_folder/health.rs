//! What was found wrong with the camera: the model of what is usual, and the findings of each test video.

use std::fs;

use oddframe_core::{FrameNumber, VideoId};
use oddframe_health::{Finding, HealthModel, Problem};
use serde::{Deserialize, Serialize};

use super::{FrameState, FrameStateRow, FrameStates, RepairRecord, RunFolder};
use crate::Error;
use crate::files::{read_json, write_json};

/// The model of what is usual, in its model folder.
const MODEL: &str = "health.json";

/// The findings of one video: `scores/health/VIDEO.json`, written before the scores of the video.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HealthRecord {
    /// The name of the video.
    pub(crate) video: String,
    /// The frames that are not in order.
    pub(crate) frames: Vec<FoundFrame>,
}

/// A frame with a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FoundFrame {
    pub(crate) frame: u64,
    pub(crate) problem: Problem,
    pub(crate) strength: String,
}

impl HealthRecord {
    fn rows(&self) -> impl Iterator<Item = FrameStateRow> {
        self.frames.iter().map(|found| FrameStateRow {
            video: VideoId::new(&self.video),
            frame: FrameNumber(found.frame),
            state: FrameState::Suspended,
            reason: Finding {
                problem: found.problem,
                strength: found.strength.clone(),
            }
            .to_string(),
        })
    }
}

impl RepairRecord {
    fn unreadable_rows(&self) -> impl Iterator<Item = FrameStateRow> {
        self.substitutes.iter().map(|substitute| FrameStateRow {
            video: VideoId::new(&self.video),
            frame: FrameNumber(substitute.frame),
            state: FrameState::Unreadable,
            reason: substitute.error.clone(),
        })
    }
}

/// The states of all frames from what was found and what was replaced. A frame that could not be decoded is unreadable and
/// nothing else.
pub(crate) fn collect_states(health: &[HealthRecord], repairs: &[RepairRecord]) -> FrameStates {
    let unreadable = repairs.iter().flat_map(RepairRecord::unreadable_rows);
    let found = health.iter().flat_map(HealthRecord::rows);
    FrameStates::new(unreadable.chain(found).collect())
}

impl RunFolder {
    /// The model of what is usual for the camera.
    ///
    /// # Errors
    /// When it is missing or damaged.
    pub fn read_health_model(&self) -> Result<HealthModel, Error> {
        read_json(&self.health_model_path().join(MODEL))
    }

    pub(crate) fn write_health_model(&self, model: &HealthModel) -> Result<(), Error> {
        write_json(&self.health_model_path().join(MODEL), model)
    }

    /// Whether the camera was watched through a video.
    pub(crate) fn has_health(&self, video: &VideoId) -> bool {
        self.health_file(video).exists()
    }

    pub(crate) fn write_health(&self, record: &HealthRecord) -> Result<(), Error> {
        let path = self.health_file(&VideoId::new(&record.video));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        write_json(&path, record)
    }

    /// The findings of all test videos.
    pub(crate) fn read_health(&self) -> Result<Vec<HealthRecord>, Error> {
        let mut records = Vec::new();
        for video in &self.record().data.test {
            let path = self.health_file(&video.id());
            if !path.exists() {
                return Err(Error::NotScored {
                    path: self.path().to_path_buf(),
                    system: "health".to_owned(),
                    video: video.name.clone(),
                });
            }
            records.push(read_json(&path)?);
        }
        Ok(records)
    }
}
