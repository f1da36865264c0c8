//! The examples that need no network, as a user runs them.
#![cfg(feature = "light")]

#[path = "../common/mod.rs"]
mod common;
mod no_network;
mod tutorials;
