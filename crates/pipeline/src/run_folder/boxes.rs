//! The boxes that systems found, read back from the details beside their raw scores.

use oddframe_core::{FrameNumber, Rect, VideoId};
use oddframe_metrics::Detection;
use serde::Deserialize;

use super::{RunFolder, video_file_stem};
use crate::Error;
use crate::files::read_json;

/// The boxes that a member of a system found in all test videos.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberBoxes {
    /// The system.
    pub system: String,
    /// The member, counted from 0.
    pub member: usize,
    /// The boxes with their raw scores, video after video.
    pub boxes: Vec<Detection>,
}

/// What this module needs of a frame in a file of details.
#[derive(Deserialize)]
struct FrameEntry {
    frame: u64,
    boxes: Vec<BoxEntry>,
}

#[derive(Deserialize)]
struct BoxEntry {
    /// Left, top, right, bottom.
    #[serde(rename = "box")]
    area: [f64; 4],
    score: f64,
}

impl RunFolder {
    /// Reads the boxes of every member that found any, in the order of the recipe.
    ///
    /// # Errors
    /// When a file of details is damaged.
    pub fn read_boxes(&self) -> Result<Vec<MemberBoxes>, Error> {
        let mut found = Vec::new();
        for system in &self.recipe().systems {
            for member in 0..system.members {
                let boxes = self.read_member_boxes(&system.name, member)?;
                if !boxes.is_empty() {
                    found.push(MemberBoxes {
                        system: system.name.clone(),
                        member,
                        boxes,
                    });
                }
            }
        }
        Ok(found)
    }

    fn read_member_boxes(&self, system: &str, member: usize) -> Result<Vec<Detection>, Error> {
        let folder = self.raw_scores_folder(system, member);
        let mut boxes = Vec::new();
        for video in &self.record().data.test {
            let id = video.id();
            let path = folder.join(format!("{}.details.json", video_file_stem(&id)));
            // A video without a box or a reason has no such file.
            if path.exists() {
                let frames: Vec<FrameEntry> = read_json(&path)?;
                boxes.extend(frames.iter().flat_map(|frame| frame.detections(&id)));
            }
        }
        Ok(boxes)
    }
}

impl FrameEntry {
    fn detections(&self, video: &VideoId) -> impl Iterator<Item = Detection> {
        self.boxes.iter().map(|found| {
            let [left, top, right, bottom] = found.area;
            Detection {
                video: video.clone(),
                frame: FrameNumber(self.frame),
                rect: Rect {
                    left,
                    top,
                    right,
                    bottom,
                },
                score: found.score,
            }
        })
    }
}
