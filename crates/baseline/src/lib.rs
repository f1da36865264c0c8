#![doc = include_str!("../README.md")]

mod comparison;
mod error;
mod frame_difference;
mod image_file;
mod median;
mod settings;
mod typical_frame;

pub use error::Error;
pub use frame_difference::FrameDifference;
pub use settings::{FrameDifferenceSettings, Typical, TypicalFrameSettings};
pub use typical_frame::TypicalFrame;
