//! The integration tests of the crate, as one binary. `allocation.rs` is a binary of its own: it replaces the global
//! allocator.

mod bad_input;
mod bf16;
mod canaries;
mod common;
mod conv_lstm;
mod gru;
mod lstm;
mod threads;
