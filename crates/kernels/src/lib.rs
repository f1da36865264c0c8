#![doc = include_str!("../README.md")]

mod activation;
mod aligned;
mod conv;
mod conv_transpose;
mod engine;
mod error;
mod geometry;
mod layer;
#[cfg(test)]
mod layer_tests;
mod packed;
mod plain;
mod simd;
mod threads;
mod volumes;
mod window;
mod workspace;
mod writer;

pub use activation::Activation;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use error::Error;
pub use packed::Packed;
pub use simd::Simd;
pub use threads::{set_threads, threads};
pub use volumes::Volumes;
pub use window::Window;
pub use workspace::Workspace;
