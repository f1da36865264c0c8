//! Boxes and reasons of frames: `scores/SYSTEM.N/VIDEO.details.json`, where a system has any.

use std::collections::BTreeMap;
use std::path::PathBuf;

use oddframe_core::{FrameDetails, FrameNumber, Reason, Rect, ScoredBox, ScoredVideo, VideoId};
use serde::{Deserialize, Serialize};

use super::RunFolder;
use super::names::video_file_stem;
use crate::Error;
use crate::files::{read_json, write_json};

/// A frame that has boxes or a reason.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailsRecord {
    boxes: Vec<BoxRecord>,
    cue: Option<String>,
    frame: u64,
    reason: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BoxRecord {
    /// Left, top, right, bottom.
    #[serde(rename = "box")]
    area: [f64; 4],
    score: f64,
}

impl RunFolder {
    /// The boxes and the reason of each frame of a video, found by one member of a system. Most frames have none.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn read_details(
        &self,
        system: &str,
        member: usize,
        video: &VideoId,
    ) -> Result<BTreeMap<FrameNumber, FrameDetails>, Error> {
        let path = self.details_file(system, member, video);
        if !path.exists() {
            return Ok(BTreeMap::new());
        }
        let records: Vec<DetailsRecord> = read_json(&path)?;
        Ok(records
            .into_iter()
            .map(DetailsRecord::into_details)
            .collect())
    }

    /// Writes the boxes and reasons of a scored video, where it has any.
    pub(super) fn write_details(
        &self,
        system: &str,
        member: usize,
        scored: &ScoredVideo,
    ) -> Result<(), Error> {
        if scored.details().is_empty() {
            return Ok(());
        }
        // Most frames have no box and no reason, so the file lists only those that do, by their own numbers.
        let frames = scored.scores().numbers().iter().zip(scored.details());
        let records: Vec<DetailsRecord> = frames
            .filter(|(_, details)| !details.boxes.is_empty() || details.reason.is_some())
            .map(|(number, details)| DetailsRecord::new(*number, details))
            .collect();
        write_json(
            &self.details_file(system, member, scored.scores().id()),
            &records,
        )
    }

    fn details_file(&self, system: &str, member: usize, video: &VideoId) -> PathBuf {
        self.raw_scores_folder(system, member)
            .join(format!("{}.details.json", video_file_stem(video)))
    }
}

impl DetailsRecord {
    fn new(number: FrameNumber, details: &FrameDetails) -> Self {
        let boxes = details.boxes.iter().map(|found| BoxRecord {
            area: [
                found.area.left,
                found.area.top,
                found.area.right,
                found.area.bottom,
            ],
            score: found.score,
        });
        let reason = details.reason.as_ref();
        Self {
            boxes: boxes.collect(),
            cue: reason.map(|reason| reason.cue.clone().into_owned()),
            frame: number.0,
            reason: reason.map(|reason| reason.sentence.clone()),
        }
    }

    fn into_details(self) -> (FrameNumber, FrameDetails) {
        let boxes = self.boxes.iter().map(|found| {
            let [left, top, right, bottom] = found.area;
            ScoredBox {
                area: Rect {
                    left,
                    top,
                    right,
                    bottom,
                },
                score: found.score,
            }
        });
        let reason = self.cue.zip(self.reason).map(|(cue, sentence)| Reason {
            cue: cue.into(),
            sentence,
        });
        let boxes = boxes.collect();
        (FrameNumber(self.frame), FrameDetails { boxes, reason })
    }
}
