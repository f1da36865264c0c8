#![doc = include_str!("../README.md")]

#[cfg(feature = "ndarray")]
mod arrays;
mod calibration;
mod chain;
mod ema;
mod error;
mod events;
mod exp;
mod filter;
mod fusion;
mod gaussian;
mod median;
mod minmax;
mod moving_average;
mod parameters;
mod parser;
mod percentile_clip;
mod rank;
mod registry;
mod rescale;
mod robust_z;
mod rolling;
mod round;
mod same_frames;
mod savgol;
#[cfg(feature = "serde")]
mod serde_text;
mod step;
mod sum;
#[cfg(test)]
mod testing;
mod transform;
mod uniform;
mod zscore;

pub use calibration::{Alarm, AlarmRate, Calibration, Dspot, GeneralisedPareto, NormalVideo, Spot};
pub use chain::Chain;
pub use ema::Ema;
pub use error::Error;
pub use events::{EventFinder, EventOptions, FrameEvent, find_events};
pub use fusion::{Fusion, Weights};
pub use gaussian::Gaussian;
pub use median::Median;
pub use minmax::MinMax;
pub use moving_average::MovingAverage;
pub use parameters::Parameter;
pub use percentile_clip::PercentileClip;
pub use rank::Rank;
pub use robust_z::RobustZ;
pub use rolling::Rolling;
pub use round::Round;
pub use savgol::Savgol;
pub use step::Step;
pub use transform::{Outcome, Signature, Transform};
pub use uniform::Uniform;
pub use zscore::ZScore;
