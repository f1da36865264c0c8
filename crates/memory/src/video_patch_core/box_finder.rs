use std::sync::Arc;

use oddframe_boxes::{
    ClipCounts, DetectionFilter, DetectionTable, ForegroundBoxes, ForegroundModel,
    ForegroundSettings, clip_detections,
};
use oddframe_core::{Frame, Rect, VideoId};

use crate::Error;

/// Finds the people of each frame of a video.
#[derive(Debug)]
pub(super) struct BoxFinder {
    finder: Finder,
    /// The boxes that reached over the edges of their frames.
    pub(super) clipped: ClipCounts,
}

#[derive(Debug)]
enum Finder {
    Table(Arc<DetectionTable>, DetectionFilter),
    Foreground(Box<ForegroundBoxes>),
}

impl BoxFinder {
    /// Looks boxes up.
    pub(super) fn from_table(table: Arc<DetectionTable>, filter: DetectionFilter) -> Self {
        Self {
            finder: Finder::Table(table, filter),
            clipped: ClipCounts::default(),
        }
    }

    /// Boxes what stands out from a learned background.
    pub(super) fn from_model(
        model: ForegroundModel,
        settings: ForegroundSettings,
    ) -> Result<Self, Error> {
        let boxes = ForegroundBoxes::new(settings)?.with_model(Arc::new(model));
        Ok(Self {
            finder: Finder::Foreground(Box::new(boxes)),
            clipped: ClipCounts::default(),
        })
    }

    /// Begins a video.
    pub(super) fn start(&mut self) {
        if let Finder::Foreground(boxes) = &mut self.finder {
            boxes.start();
        }
    }

    /// Sees the next frame. Where `wanted`, replaces `areas` by its boxes, in pixels of the frame and cut at its edges.
    pub(super) fn push(
        &mut self,
        video: &VideoId,
        frame: &Frame,
        wanted: bool,
        areas: &mut Vec<Rect>,
    ) -> Result<(), Error> {
        let mut found = match &mut self.finder {
            // The background follows every frame, also those whose boxes nobody needs.
            Finder::Foreground(boxes) => {
                let found = boxes.push(frame)?;
                if !wanted {
                    return Ok(());
                }
                found.to_vec()
            }
            Finder::Table(table, filter) => {
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
        self.clipped.add(clip_detections(&mut found, width, height));
        areas.clear();
        areas.extend(found.iter().map(|detection| detection.area));
        Ok(())
    }
}
