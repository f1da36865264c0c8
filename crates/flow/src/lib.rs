#![doc = include_str!("../README.md")]

mod dis;
mod error;
mod estimate;
mod farneback;
mod field;
mod refinement;
mod resample;
mod simd;

pub use dis::{Dis, DisOptions};
pub use error::Error;
pub use estimate::EstimateFlow;
pub use farneback::{Farneback, FarnebackOptions};
pub use field::Flow;
pub use field::blocks::{BlockMotion, FlowBlocks};
pub use field::resize::ResizeVectors;
