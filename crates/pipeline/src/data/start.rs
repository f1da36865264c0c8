//! Recordings without training videos, whose beginning is normal.

use std::ops::Range;
use std::sync::Arc;

use oddframe_core::FrameSource;

use super::Data;
use super::content::Content;
use crate::Error;
use crate::video_part::VideoPart;

impl Data {
    /// Learns from the first share of the frames of every video, and scores the others: for recordings whose beginning is
    /// normal, without training videos.
    ///
    /// # Errors
    /// If the share is not between 0 and 1, if the data already has training videos, or if a video has only one frame.
    pub fn learn_from_start(self, share: f64) -> Result<Self, Error> {
        if !(share > 0.0 && share < 1.0) {
            return Err(Error::StartShare { share });
        }
        if !self.train.is_empty() {
            let data = self.name;
            return Err(Error::TrainingVideosBesideStart { data });
        }
        let how = format!("learned from the first {share} of each video");
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for video in self.test {
            let frames = video.numbers().len();
            if frames < 2 {
                let video = video.id().name().to_owned();
                return Err(Error::TooShortToStart { video });
            }
            let cut = ((frames as f64 * share).round() as usize).clamp(1, frames - 1);
            train.push(part_of(&video, 0..cut)?);
            test.push(part_of(&video, cut..frames)?);
        }
        Ok(Self {
            name: format!("{}, {how}", self.name),
            train,
            test,
            content: Content::Changed(Box::new(self.content), how),
            ..self
        })
    }
}

fn part_of(
    video: &Arc<dyn FrameSource>,
    frames: Range<usize>,
) -> Result<Arc<dyn FrameSource>, Error> {
    Ok(Arc::new(VideoPart::new(Arc::clone(video), frames)?))
}
