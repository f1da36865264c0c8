//! Optical flow as what a network sees: the same windows, batches and merging as for frames.

mod reader;
mod resizer;
mod scorer;
mod store;
#[cfg(test)]
mod tests;

pub use reader::FlowReader;
pub use scorer::FlowScorer;
pub use store::FlowStore;
