//! Features of whole frames as what a network sees: a frozen network describes each frame by a vector.

mod describe;
mod scorer;
mod store;
#[cfg(test)]
mod tests;

pub use describe::DescribeFrame;
pub use scorer::FeatureScorer;
pub use store::FeatureStore;
