#![doc = include_str!("../README.md")]

mod clip_scorer;
mod clip_set;
mod error;
mod examples;
mod frame_store;
mod look;
mod measure;
mod score_options;
mod stream;
#[cfg(test)]
mod testing;
mod together;
mod video_scorer;

pub use clip_scorer::ClipScorer;
pub use clip_set::{ClipSet, Target};
pub use error::Error;
pub use examples::Examples;
pub use frame_store::FrameStore;
pub use look::Look;
pub use measure::Measure;
pub use score_options::{ScoreOptions, Within};
pub use video_scorer::{VideoScorer, score_together};
