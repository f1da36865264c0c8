#![doc = include_str!("../README.md")]
//!
//! # How the modules fit together
//!
//! ```text
//! Trainer ──▶ training      epochs, early stopping, when a checkpoint is written
//!               ├─▶ batches        shuffles the examples and fills batches on worker threads
//!               ├─▶ step_runner    one optimisation step on one or several devices
//!               │     ├─▶ trainable    adapts a network to burn-train
//!               │     └─▶ optimiser    Adam behind gradient clipping
//!               ├─▶ checkpoint     the file that a training resumes from
//!               │     └─▶ identity     what two trainings must have in common to share a checkpoint
//!               └─▶ progress       events for the observer
//! measure_trivial_errors    compares a trained network with two answers that need no network
//! ```

mod batches;
mod checkpoint;
mod error;
mod history;
mod identity;
mod optimiser;
mod options;
mod panics;
mod progress;
mod step_runner;
mod trainable;
mod trainer;
mod training;
mod trivial_errors;
mod weights;

pub use error::Error;
pub use history::{EpochLoss, StopReason};
pub use options::{FitOptions, Keep, Patience};
pub use trainer::{Fitted, Trainer};
pub use trivial_errors::{TrivialErrors, measure_trivial_errors};
