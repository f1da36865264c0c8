#![doc = include_str!("../README.md")]

mod difference;
mod gray;
mod median;
mod typical;

pub use difference::DifferenceEnergy;
pub use typical::{Typical, TypicalDistance, TypicalFrame};
