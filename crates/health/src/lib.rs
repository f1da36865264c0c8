#![doc = include_str!("../README.md")]

mod brightness;
mod error;
mod gradients;
mod limits;
mod measures;
mod model;
mod monitor;
mod noise;
mod problem;
mod range;
mod reference;
mod settings;

pub use error::Error;
pub use model::{HealthModel, Learned};
pub use monitor::HealthMonitor;
pub use problem::{Finding, Problem};
pub use settings::HealthSettings;
