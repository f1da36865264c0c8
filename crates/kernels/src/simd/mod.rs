//! Vectors of `f32` in the instruction sets that this crate supports.
//!
//! [`Vector`] is the unsafe interface to a register; [`Lanes`] and [`Token`] make it safe. [`map_slices`] and
//! [`fold_columns`] walk over slices and apply a [`Step`], which is safe code written once for all instruction sets.

mod dot;
mod functions;
mod instruction_set;
mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod step;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use dot::dot_rows;
pub(crate) use functions::activate;
pub use instruction_set::Simd;
pub(crate) use lanes::{Lanes, Token};
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use portable::Portable;
pub(crate) use step::{Step, fold_columns, map_slices};
pub(crate) use vector::Vector;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};
