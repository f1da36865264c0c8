//! Videos without what regions ignore.

use std::sync::Arc;

use oddframe_core::{FrameSource, Video};
use oddframe_frames::{Masked, Regions};

use super::Data;
use crate::Error;

impl Data {
    /// The same data with ignored pixels painted: see [`Masked`].
    ///
    /// The runs of a recipe do this themselves with the regions of the recipe. Labels stay as they are: a frame is labelled by
    /// what happened in it, and whether one may look away is no property of the frame. Frames whose only anomaly is ignored
    /// therefore count as missed.
    ///
    /// # Errors
    /// When no pixel of a video is left.
    pub fn with_regions(&self, regions: &Regions) -> Result<Self, Error> {
        if regions.is_empty() {
            return Ok(self.clone());
        }
        let videos: Vec<&Video> = self
            .train
            .iter()
            .chain(&self.test)
            .map(FrameSource::video)
            .collect();
        let mut notes = self.notes.clone();
        notes.extend(regions.without_effect(&videos)?);
        Ok(Self {
            train: paint_videos(&self.train, regions)?,
            test: paint_videos(&self.test, regions)?,
            notes,
            ..self.clone()
        })
    }
}

/// Paints the ignored pixels of videos. Videos without any stay as they are.
fn paint_videos(
    videos: &[Arc<dyn FrameSource>],
    regions: &Regions,
) -> Result<Vec<Arc<dyn FrameSource>>, Error> {
    let mut painted: Vec<Arc<dyn FrameSource>> = Vec::new();
    for video in videos {
        let video = Arc::clone(video);
        if regions.apply_to(video.id()) {
            painted.push(Arc::new(Masked::new(video, regions)?));
        } else {
            painted.push(video);
        }
    }
    Ok(painted)
}
