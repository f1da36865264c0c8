//! What tests of several modules need.

use oddframe_core::{FrameNumber, Origin, VideoScores};

use crate::clock::Clock;
use crate::contents::VideoContents;

/// A video with these scores and labels, whose frames are numbered from 0.
pub(crate) fn video_of(values: Vec<f64>, labels: Option<Vec<bool>>) -> VideoContents {
    let numbers = (0..values.len() as u64).map(FrameNumber).collect();
    let origins = vec![Origin::Computed; values.len()];
    VideoContents {
        scores: VideoScores::from_parts("1".into(), numbers, values, origins).unwrap(),
        labels,
        details: std::collections::BTreeMap::new(),
        hidden: std::collections::BTreeMap::new(),
        pictures: Vec::new(),
        clock: Clock::default(),
        events: Vec::new(),
        states: std::collections::BTreeMap::new(),
    }
}
