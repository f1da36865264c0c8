use std::sync::Arc;

use oddframe_boxes::{
    ClipCounts, DetectionFilter, DetectionTable, ForegroundBoxes, ForegroundModel,
    ForegroundSettings, clip_detections,
};
use oddframe_core::{Frame, Rect, VideoId};

use crate::Error;

/// Finds the people of each frame of a video.
#[derive(Debug)]
pub(super) enum BoxFinder {
    /// Looks cached detections up; those that pass the filter count.
    Table(Arc<DetectionTable>, DetectionFilter),
    /// Boxes what stands out from a learned background.
    Foreground(Box<ForegroundBoxes>),
}

/// The boxes of a frame.
#[derive(Debug, Default)]
pub(super) struct FrameBoxes {
    /// In pixels of the frame, cut at its edges.
    pub(super) areas: Vec<Rect>,
    /// How many were cut, and how many were outside.
    pub(super) clipped: ClipCounts,
}

impl BoxFinder {
    /// A proposer with a learned background.
    pub(super) fn from_model(
        model: ForegroundModel,
        settings: ForegroundSettings,
    ) -> Result<Self, Error> {
        let boxes = ForegroundBoxes::new(settings)?.with_model(Arc::new(model));
        Ok(Self::Foreground(Box::new(boxes)))
    }

    /// Whether boxes can be found in a video: false for a video that the cached detections do not name.
    pub(super) fn knows_video(&self, video: &VideoId) -> bool {
        match self {
            Self::Table(table, _) => table.videos().any(|known| known == video),
            Self::Foreground(_) => true,
        }
    }

    /// Begins a video.
    pub(super) fn start(&mut self) {
        if let Self::Foreground(boxes) = self {
            boxes.start();
        }
    }

    /// Takes the next frame. Where `wanted`, replaces `boxes` by those of the frame.
    pub(super) fn push(
        &mut self,
        video: &VideoId,
        frame: &Frame,
        wanted: bool,
        boxes: &mut FrameBoxes,
    ) -> Result<(), Error> {
        let mut found = match self {
            // The background follows every frame, also those whose boxes nobody needs.
            Self::Foreground(proposer) => {
                let found = proposer
                    .push(frame)
                    .map_err(|error| error.in_video(video))?;
                if !wanted {
                    return Ok(());
                }
                found.to_vec()
            }
            Self::Table(table, filter) => {
                if !wanted {
                    return Ok(());
                }
                let rows = table.boxes(video, frame.number()).iter();
                rows.filter(|detection| filter.accepts(detection))
                    .cloned()
                    .collect()
            }
        };
        let (width, height) = (frame.shape().width(), frame.shape().height());
        boxes.clipped = clip_detections(&mut found, width, height);
        boxes.areas.clear();
        boxes
            .areas
            .extend(found.iter().map(|detection| detection.area));
        Ok(())
    }
}
