//! Integration tests of fitting, in one binary: each further one would link Burn again.
#![allow(clippy::default_trait_access, clippy::items_after_statements)]

#[cfg(any(feature = "ndarray", feature = "wgpu"))]
mod backends;
mod common;
mod fit;
mod randomness;
mod resume;
