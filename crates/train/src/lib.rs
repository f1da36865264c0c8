#![doc = include_str!("../README.md")]

mod checkpoint;
mod error;
mod filling;
mod fit;
mod fitted;
mod history;
mod identity;
mod learning;
mod optimiser;
mod options;
mod record;
mod report;
mod steps;
mod weights;
mod yardsticks;

pub use error::Error;
pub use fit::fit;
pub use fitted::Fitted;
pub use history::{Ended, EpochLoss};
pub use options::{FitOptions, Keep, Patience};
pub use yardsticks::{Yardsticks, yardsticks};
