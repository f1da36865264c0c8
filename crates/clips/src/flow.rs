//! Optical flow as what a network sees: the same windows, batches and merging as for frames.
//!
//! ```text
//! fitting   frames ─▶ FlowReader ─▶ resized ─▶ FlowStore, in files ─▶ ClipSet::of_flow ─▶ training
//! scoring   frame  ─▶ FlowReader ─▶ resized for each network ─▶ FlowScorer: windows of the last flows ─▶ scores
//! ```
//!
//! A flow belongs to the second of its two frames, so that a video has one flow less than frames, and its first frame gets its
//! score from the edge policy. A flow counts as an image of two channels. Estimating it may take longer than everything
//! else together: training keeps flows in files, and scorers that need the same flow merge.

mod reader;
mod resizer;
mod scorer;
mod store;
#[cfg(test)]
mod tests;

pub use reader::FlowReader;
pub use scorer::FlowScorer;
pub use store::FlowStore;
