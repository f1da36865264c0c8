#![doc = include_str!("../README.md")]

mod decode;

pub use decode::{ImageError, decode_into, probe};
