use std::sync::OnceLock;

/// An instruction set of the CPU.
///
/// ```
/// use oddframe_kernels::{Conv, Simd, Volumes, Window};
///
/// // Every layer uses the best instruction set; `with_simd` selects another one, for comparisons.
/// let conv = Conv::new(Volumes::rows(1, 8)?, 8, Window::point())?;
/// for &simd in Simd::available() {
///     assert!(conv.with_simd(simd).is_ok());
/// }
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Simd {
    /// Plain Rust without intrinsics, which runs on every CPU.
    Portable,
    /// The 128-bit vectors of ARM.
    Neon,
    /// The 256-bit vectors of x86, with fused multiply-add.
    Avx2,
    /// The 512-bit vectors of x86.
    Avx512,
}

impl Simd {
    /// The best instruction set of this machine, or the one that the environment variable `ODDFRAME_SIMD` names
    /// (`portable`, `neon`, `avx2` or `avx512`) if this machine has it. The variable is read once.
    pub fn detect() -> Self {
        static DETECTED: OnceLock<Simd> = OnceLock::new();
        *DETECTED.get_or_init(|| {
            let wanted = std::env::var("ODDFRAME_SIMD").ok();
            let named = Self::available()
                .iter()
                .find(|simd| wanted.as_deref() == Some(simd.name()));
            *named
                .or(Self::available().last())
                .unwrap_or(&Self::Portable)
        })
    }

    /// The name that `ODDFRAME_SIMD` uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// The instruction sets of this machine, the best one last.
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

    /// Number of values in a vector.
    pub(crate) fn lanes(self) -> usize {
        match self {
            Self::Portable | Self::Neon => 4,
            Self::Avx2 => 8,
            Self::Avx512 => 16,
        }
    }

    /// Width of a panel of weights: whole vectors, at most those of a row of a tile, and no more than the channels need.
    pub(crate) fn panel_width(self, channels: usize) -> usize {
        self.lanes() * channels.div_ceil(self.lanes()).min(self.tile_vectors())
    }

    /// Vectors in a row of a tile. A tile has six rows, and all of its sums stay in registers: 12 of 16 with AVX2, 24 of 32
    /// with AVX-512 or Neon, which leaves registers for the weights and the input.
    pub(crate) fn tile_vectors(self) -> usize {
        match self {
            Self::Portable | Self::Avx2 => 2,
            Self::Neon | Self::Avx512 => 4,
        }
    }
}
