#![doc = include_str!("../README.md")]

mod classifier;
mod config;
mod decisions;
mod detect;
mod encode;
mod error;
mod examples;
mod fit;
mod inference;
mod network;
mod options;
mod repair;
mod repairer;
mod report;
mod settings;
mod upright;
mod weights;
mod write;

pub use classifier::FlipClassifier;
pub use config::{FlipConfig, FlipHead};
pub use decisions::{Decision, Decisions};
pub use detect::detect_flips;
pub use encode::FrameFormat;
pub use error::Error;
pub use fit::fit_flip_net;
pub use inference::FlipInference;
pub use network::FlipNet;
pub use options::UprightOptions;
pub use repair::FlipRepair;
pub use report::FlipReport;
pub use settings::FlipSettings;
pub use upright::Upright;
pub use write::{WriteOptions, write_cleaned};
