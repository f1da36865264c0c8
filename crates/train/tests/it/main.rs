//! Integration tests of fitting, in one binary: each further one would link Burn again.
#![allow(clippy::default_trait_access, clippy::items_after_statements)]

mod backends;
mod common;
mod fit;
mod randomness;
mod resume;
