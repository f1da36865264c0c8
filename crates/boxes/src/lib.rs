#![doc = include_str!("../README.md")]

mod csv;
mod detection;
mod error;
mod foreground;
mod geometry;
mod scored;
mod suppression;
mod table;

pub use detection::{Detection, DetectionFilter};
pub use error::{Error, Problem};
pub use foreground::{
    ForegroundBoxes, ForegroundModel, ForegroundSettings, HeightProfile, Labeller, Region,
    RunningMedian,
};
pub use geometry::{ClipCounts, clip_detections, clip_rect, grow_rect, square_rect};
pub use scored::{FrameBox, parse_scored_boxes, read_scored_boxes};
pub use suppression::suppress_overlaps;
pub use table::DetectionTable;
