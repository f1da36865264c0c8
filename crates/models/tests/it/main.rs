//! The integration tests, one module per subject, in one binary: each binary links all of Burn.
#![allow(clippy::default_trait_access)]

mod backbones;
mod common;
mod inference;
mod layers;
mod losses;
mod ndarray;
mod ped2;
mod raft;
mod torch;
mod training;
