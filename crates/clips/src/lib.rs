#![doc = include_str!("../README.md")]

#[cfg(feature = "ndarray")]
mod arrays;
mod clip_frames;
mod clip_scorer;
mod clip_set;
mod error;
mod examples;
mod features;
mod flow;
mod flow_input;
mod frame_store;
mod measure;
mod network_scorer;
mod score_options;
#[cfg(test)]
mod testing;
mod window_scorer;

#[cfg(feature = "ndarray")]
pub use arrays::{ExampleArrays, read_example};
pub use clip_scorer::ClipScorer;
pub use clip_set::{ClipSet, Target};
pub use error::Error;
pub use examples::Examples;
pub use features::{DescribeFrame, FeatureScorer, FeatureStore};
pub use flow::{FlowReader, FlowScorer, FlowStore};
pub use flow_input::FlowInput;
pub use frame_store::FrameStore;
pub use measure::Measure;
pub use network_scorer::NetworkScorer;
pub use score_options::{ClipReduction, ScoreOptions};
