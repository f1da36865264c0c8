//! Vectors of `f32` in the instruction sets this crate speaks.

use std::sync::OnceLock;

mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod step;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use lanes::{Lanes, Token};
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use portable::Portable;
pub(crate) use step::{Step, fold, map};
pub(crate) use vector::{Vector, activate};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

/// An instruction set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Simd {
    /// Plain Rust that runs everywhere.
    Portable,
    /// ARM's 128-bit vectors.
    Neon,
    /// x86's 256-bit vectors with fused multiply-add.
    Avx2,
    /// x86's 512-bit vectors.
    Avx512,
}

impl Simd {
    /// The best that this machine has, or the one that the environment variable `ODDFRAME_SIMD` names (`portable`,
    /// `neon`, `avx2` or `avx512`) where this machine has it. The variable is read once.
    pub fn detect() -> Self {
        static DETECTED: OnceLock<Simd> = OnceLock::new();
        *DETECTED.get_or_init(|| {
            let wanted = std::env::var("ODDFRAME_SIMD").ok();
            let named = Self::available().iter().find(|simd| wanted.as_deref() == Some(simd.name()));
            *named.or(Self::available().last()).unwrap_or(&Self::Portable)
        })
    }

    /// The name by which `ODDFRAME_SIMD` asks for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// All that this machine has, the best last.
    pub fn available() -> &'static [Self] {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                return &[Self::Portable, Self::Avx2, Self::Avx512];
            }
            if avx2 {
                return &[Self::Portable, Self::Avx2];
            }
        }
        #[cfg(all(target_arch = "aarch64", not(miri)))]
        if std::arch::is_aarch64_feature_detected!("neon") {
            return &[Self::Portable, Self::Neon];
        }
        &[Self::Portable]
    }

    /// Values in one vector.
    pub(crate) fn lanes(self) -> usize {
        match self {
            Self::Portable | Self::Neon => 4,
            Self::Avx2 => 8,
            Self::Avx512 => 16,
        }
    }

    /// Channels of a panel: whole vectors, no more than a tile's row holds nor than so many channels need.
    pub(crate) fn panel_width(self, channels: usize) -> usize {
        self.lanes() * channels.div_ceil(self.lanes()).min(self.tile_vectors())
    }

    /// Vectors that one row of a tile holds: with six rows, as many as leave registers for the operands.
    pub(crate) fn tile_vectors(self) -> usize {
        match self {
            Self::Portable | Self::Avx2 => 2,
            Self::Neon | Self::Avx512 => 4,
        }
    }
}
