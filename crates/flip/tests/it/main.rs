//! Finding, repairing and writing frames that are upside down.

mod common;
mod learn;
mod ped2;
mod repair;
mod upright;
mod write;
