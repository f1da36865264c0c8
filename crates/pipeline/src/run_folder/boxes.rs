//! The boxes that systems found, read back from the details beside their raw scores.

use oddframe_metrics::Detection;

use super::RunFolder;
use crate::Error;

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
        let mut boxes = Vec::new();
        for video in &self.record().data.test {
            let video = video.id();
            for (frame, details) in self.read_details(system, member, &video)? {
                boxes.extend(details.boxes.iter().map(|found| Detection {
                    video: video.clone(),
                    frame,
                    rect: found.area,
                    score: found.score,
                }));
            }
        }
        Ok(boxes)
    }
}
