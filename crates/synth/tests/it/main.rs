//! The integration tests of `oddframe-synth`, in one binary.

mod scene;
mod write;
