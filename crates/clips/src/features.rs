//! Features of whole frames as what a network sees: a frozen network describes each frame by a vector.
//!
//! ```text
//! fitting   frames ─▶ DescribeFrame ─▶ FeatureStore, in memory ─▶ ClipSet::of_features ─▶ training
//! scoring   frame  ─▶ DescribeFrame ─▶ FeatureScorer: windows of the last vectors ─▶ network ─▶ scores
//! ```
//!
//! A vector counts as an image of one pixel with a channel for each value. Windows, batches, pools and edges are therefore those of
//! frames, and nothing here repeats them. Describing a frame costs far more than the network on top: each frame is
//! described once, however many windows it lies in.

mod describe;
mod scorer;
mod store;
#[cfg(test)]
mod tests;

pub use describe::DescribeFrame;
pub use scorer::FeatureScorer;
pub use store::FeatureStore;
