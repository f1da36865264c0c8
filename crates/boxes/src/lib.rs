#![doc = include_str!("../README.md")]

mod detection;
mod error;
mod foreground;
mod geometry;
mod suppression;
mod table;

pub use detection::{Detection, DetectionFilter};
pub use error::{Error, Problem};
pub use foreground::{
    ForegroundBoxes, ForegroundModel, ForegroundSettings, HeightProfile, Labeller, Region,
    RunningMedian,
};
pub use geometry::{ClipCounts, clip_detections, clip_rect, grow_rect, square_rect};
pub use suppression::suppress_overlaps;
pub use table::DetectionTable;
