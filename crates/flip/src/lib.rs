#![doc = include_str!("../README.md")]

mod config;
mod decide;
mod decisions;
mod draft;
mod encode;
mod error;
mod examples;
mod fit;
mod flip_judge;
mod judge;
mod network;
mod options;
mod report;
mod upright;
mod weights;
mod write;

pub use config::{FlipConfig, FlipHead};
pub use decide::decide;
pub use decisions::{Decision, Decisions};
pub use encode::FrameFormat;
pub use error::Error;
pub use examples::FlipExamples;
pub use fit::fit_flip_net;
pub use flip_judge::FlipJudge;
pub use judge::Judge;
pub use network::FlipNet;
pub use options::UprightOptions;
pub use report::{FlipReport, planned_flips};
pub use upright::Upright;
pub use write::{WriteOptions, write_cleaned};
