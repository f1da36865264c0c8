//! The integration tests, modules of one binary.

mod calibration;
mod events;
mod golden;
mod properties;
