//! The innermost loops: a tile of up to six rows by up to four vectors, kept in registers over the whole depth.
#![allow(unsafe_code)]
// Rows and vectors are counted by constants, so that loops over them are unrolled; the counters index several arrays.
#![allow(clippy::needless_range_loop)]

use crate::Activation;
use crate::simd::{Portable, Simd, Vector, activate};

/// Rows of a tile.
pub(crate) const ROWS: usize = 6;
/// Vectors of a row, at most.
const VECTORS: usize = 4;

/// One tap of a block of positions: where each position's channels start, and the tap's first row in the panel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TapRows {
    pub(crate) rows: [*const f32; ROWS],
    pub(crate) weight_row: usize,
}

/// A tile of sums over taps and channels: `out[m] (+)= sum over taps, c of rows[m][c] * panel[weight_row + c]`.
#[derive(Debug)]
pub(crate) struct SumTile {
    pub(crate) taps: *const TapRows,
    pub(crate) count: usize,
    /// Channels of each tap.
    pub(crate) depth: usize,
    /// First channel, of the rows and of the panel.
    pub(crate) start: usize,
    pub(crate) panel: *const f32,
    pub(crate) out: [*mut f32; ROWS],
    /// Values of each output row that are stored; what the panel has beyond is padding.
    pub(crate) valid: usize,
    /// Whether the sums go on from what is stored.
    pub(crate) resume: bool,
    /// What finishes the sums, where this is the last part of them: bias (padded as the panel) and activation.
    pub(crate) finish: Option<(*const f32, Activation)>,
}

/// A tile of products over positions: `out[m][..] (+)= sum over pairs of left[m] * right[..]`.
#[derive(Debug)]
pub(crate) struct OuterTile {
    /// Channels of the left side at a position, and of the right side.
    pub(crate) pairs: *const (*const f32, *const f32),
    pub(crate) count: usize,
    pub(crate) left_start: usize,
    pub(crate) out: *mut f32,
    pub(crate) out_stride: usize,
    /// Values of each output row that exist; the right sides have whole vectors.
    pub(crate) valid: usize,
    /// Whether the sums go on from what is stored.
    pub(crate) resume: bool,
}

pub(crate) type SumKernel = unsafe fn(&SumTile);
pub(crate) type OuterKernel = unsafe fn(&OuterTile);

/// The kernels of an instruction set, by rows and vectors, each less one.
pub(crate) struct Kernels {
    pub(crate) sum: [[SumKernel; VECTORS]; ROWS],
    pub(crate) outer: [[OuterKernel; VECTORS]; ROWS],
}

impl Kernels {
    pub(crate) fn of(simd: Simd) -> &'static Self {
        match simd {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => &avx512::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => &avx2::KERNELS,
            #[cfg(target_arch = "aarch64")]
            Simd::Neon => &neon::KERNELS,
            _ => &portable::KERNELS,
        }
    }
}

#[inline(always)]
unsafe fn load_some<V: Vector>(from: *const f32, valid: usize) -> V {
    let mut whole = [0.0; 16];
    // SAFETY: `valid` values are readable, and at most LANES <= 16.
    unsafe {
        std::ptr::copy_nonoverlapping(from, whole.as_mut_ptr(), valid);
        V::load(whole.as_ptr())
    }
}

#[inline(always)]
unsafe fn store_some<V: Vector>(vector: V, to: *mut f32, valid: usize) {
    let mut whole = [0.0; 16];
    // SAFETY: `valid` values are writable, and at most LANES <= 16.
    unsafe {
        vector.store(whole.as_mut_ptr());
        std::ptr::copy_nonoverlapping(whole.as_ptr(), to, valid);
    }
}

/// How many values of vector `n` exist.
#[inline(always)]
fn lanes_of<V: Vector>(valid: usize, n: usize) -> usize {
    valid.saturating_sub(n * V::LANES).min(V::LANES)
}

#[inline(always)]
unsafe fn sum_tile<V: Vector, const M: usize, const N: usize>(tile: &SumTile) {
    // SAFETY: the caller has V's instruction set; every pointer of the tile covers what its field says: `rows[m]` for
    // m < M has start + depth values, the panel has N * LANES values a row, `out[m]` has `valid` values.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        let whole = tile.valid == N * V::LANES;
        if tile.resume {
            for m in 0..M {
                for n in 0..N {
                    let at = tile.out[m].add(n * V::LANES);
                    sums[m][n] =
                        if whole { V::load(at) } else { load_some(at, lanes_of::<V>(tile.valid, n)) };
                }
            }
        }
        for tap in 0..tile.count {
            let tap = &*tile.taps.add(tap);
            let mut weights = tile.panel.add((tap.weight_row + tile.start) * N * V::LANES);
            let rows: [*const f32; M] = std::array::from_fn(|m| tap.rows[m].add(tile.start));
            for c in 0..tile.depth {
                let w: [V; N] = std::array::from_fn(|n| V::load(weights.add(n * V::LANES)));
                for m in 0..M {
                    let x = V::splat(*rows[m].add(c));
                    for n in 0..N {
                        sums[m][n] = x.mul_add(w[n], sums[m][n]);
                    }
                }
                weights = weights.add(N * V::LANES);
            }
        }
        // A copy: loops over `sums` itself that are not unrolled would keep it in memory all along.
        let mut done = sums;
        if let Some((bias, activation)) = tile.finish {
            for n in 0..N {
                let bias = V::load(bias.add(n * V::LANES));
                for row in &mut done {
                    row[n] = row[n].add(bias);
                }
            }
            if activation != Activation::Identity {
                for row in &mut done {
                    for sum in row {
                        *sum = activate(*sum, activation);
                    }
                }
            }
        }
        for m in 0..M {
            for n in 0..N {
                let at = tile.out[m].add(n * V::LANES);
                if whole {
                    done[m][n].store(at);
                } else {
                    store_some(done[m][n], at, lanes_of::<V>(tile.valid, n));
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn outer_tile<V: Vector, const M: usize, const N: usize>(tile: &OuterTile) {
    // SAFETY: the caller has V's instruction set; every left pointer has left_start + M values, every right pointer
    // N * LANES, `out` M rows of `valid` values; vectors beyond `valid` are not touched as whole ones.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        let whole = tile.valid == N * V::LANES;
        if tile.resume {
            for m in 0..M {
                for n in 0..N {
                    let at = tile.out.add(m * tile.out_stride + n * V::LANES);
                    sums[m][n] =
                        if whole { V::load(at) } else { load_some(at, lanes_of::<V>(tile.valid, n)) };
                }
            }
        }
        for pair in 0..tile.count {
            let (left, right) = *tile.pairs.add(pair);
            let left = left.add(tile.left_start);
            let y: [V; N] = std::array::from_fn(|n| V::load(right.add(n * V::LANES)));
            for m in 0..M {
                let x = V::splat(*left.add(m));
                for n in 0..N {
                    sums[m][n] = x.mul_add(y[n], sums[m][n]);
                }
            }
        }
        for m in 0..M {
            for n in 0..N {
                let at = tile.out.add(m * tile.out_stride + n * V::LANES);
                if whole {
                    sums[m][n].store(at);
                } else {
                    store_some(sums[m][n], at, lanes_of::<V>(tile.valid, n));
                }
            }
        }
    }
}

macro_rules! kernels {
    ($module:ident, $vector:ty $(, $feature:literal)?) => {
        mod $module {
            use super::*;

            $(#[target_feature(enable = $feature)])?
            unsafe fn sum<const M: usize, const N: usize>(tile: &SumTile) {
                // SAFETY: this function carries the instruction set; the rest is the caller's.
                unsafe { sum_tile::<$vector, M, N>(tile) }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn outer<const M: usize, const N: usize>(tile: &OuterTile) {
                // SAFETY: this function carries the instruction set; the rest is the caller's.
                unsafe { outer_tile::<$vector, M, N>(tile) }
            }

            macro_rules! rows {
                ($kernel:ident) => {
                    [row!($kernel, 1), row!($kernel, 2), row!($kernel, 3), row!($kernel, 4), row!($kernel, 5), row!($kernel, 6)]
                };
            }
            macro_rules! row {
                ($kernel:ident, $m:literal) => {
                    [$kernel::<$m, 1>, $kernel::<$m, 2>, $kernel::<$m, 3>, $kernel::<$m, 4>]
                };
            }
            pub(super) static KERNELS: Kernels = Kernels { sum: rows!(sum), outer: rows!(outer) };
        }
    };
}

kernels!(portable, Portable);
#[cfg(target_arch = "x86_64")]
kernels!(avx2, crate::simd::Avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
kernels!(avx512, crate::simd::Avx512, "avx512f,avx512dq");
#[cfg(target_arch = "aarch64")]
kernels!(neon, crate::simd::Neon, "neon");
