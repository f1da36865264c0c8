//! One binary for all integration tests.

mod bad_input;
mod motion;
mod opencv;
mod ped2;
mod scene;
#[cfg(feature = "serde")]
mod settings;
mod threads;
