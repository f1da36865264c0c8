//! The integration tests, one module per subject, in one binary: each binary links all of Burn.
#![allow(
    clippy::default_trait_access,
    clippy::type_complexity,
    clippy::items_after_statements
)]

mod common;
mod conv_lstm;
mod devices;
mod floats;
mod graph;
mod gru;
mod inference;
mod inference_recurrent;
mod layers;
mod layouts;
mod losses;
mod ndarray;
mod refused;
mod store;
mod training;
mod weights;
