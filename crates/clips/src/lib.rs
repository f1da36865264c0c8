#![doc = include_str!("../README.md")]

mod clip_scorer;
mod examples;
mod look;
mod measure;

pub use clip_scorer::ClipScorer;
pub use examples::Examples;
pub use look::Look;
pub use measure::Measure;
