//! The micro-kernels: a tile of up to six rows by up to four vectors, kept in registers until its sums are complete.
//!
//! Every size of tile is a function of its own, compiled for every instruction set: 6 x 4 functions for each of the two
//! kinds of sums. The constants let the compiler unroll the loops over rows and vectors and keep the sums in registers.
#![allow(unsafe_code)]
// Loops over rows and vectors have constant bounds and index several arrays at once.
#![allow(clippy::needless_range_loop)]

use crate::activation::Activation;
use crate::simd::{Portable, Simd, Vector, activate};

/// Rows of a tile. With the vectors of `Simd::tile_vectors` the sums fill three quarters of the registers.
pub(crate) const ROWS: usize = 6;
/// Most vectors in a row.
const VECTORS: usize = 4;

/// The operation on finished sums before they are stored: `activation(sum + bias)`, or
/// `activation(output + sum + bias)`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Epilogue<'a> {
    /// One value for each output channel.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) activation: Activation,
    /// Whether the sums start from the values in the output instead of zero.
    pub(crate) adds: bool,
}

/// One tap of a block of positions: pointers to the channels of each position, and the tap's first row in the panel.
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
    /// First channel, in the rows and in the panel.
    pub(crate) start: usize,
    pub(crate) panel: *const f32,
    /// The row that `panel` points to.
    pub(crate) first_row: usize,
    pub(crate) out: [*mut f32; ROWS],
    /// Values of each output row that are stored; the panel pads its rows to whole vectors.
    pub(crate) valid: usize,
    /// Whether the sums continue from the stored values.
    pub(crate) resume: bool,
    /// For the last part of the sums: bias (padded like the panel) and activation.
    pub(crate) epilogue: Option<(*const f32, Activation)>,
}

/// A tile of products over positions: `out[m][..] (+)= sum over pairs of left[m] * right[..]`.
#[derive(Debug)]
pub(crate) struct OuterTile {
    /// For each position, pointers to the channels of the left and of the right side.
    pub(crate) pairs: *const (*const f32, *const f32),
    pub(crate) count: usize,
    pub(crate) left_start: usize,
    pub(crate) out: *mut f32,
    pub(crate) out_stride: usize,
    /// Values of each output row that are stored; the right sides are padded to whole vectors.
    pub(crate) valid: usize,
    /// Whether the sums continue from the stored values.
    pub(crate) resume: bool,
}

pub(crate) type SumKernel = unsafe fn(&SumTile);
pub(crate) type OuterKernel = unsafe fn(&OuterTile);

/// The micro-kernels of an instruction set, indexed by the number of rows less one and of vectors less one.
pub(crate) struct Kernels {
    pub(crate) sum: [[SumKernel; VECTORS]; ROWS],
    pub(crate) outer: [[OuterKernel; VECTORS]; ROWS],
}

impl Kernels {
    pub(crate) fn for_simd(simd: Simd) -> &'static Self {
        match simd {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => &AVX512,
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => &AVX2,
            #[cfg(target_arch = "aarch64")]
            Simd::Neon => &NEON,
            _ => &PORTABLE,
        }
    }
}

/// Loads the first `valid` values; the others are zeros.
#[inline(always)]
pub(crate) unsafe fn load_partial<V: Vector>(from: *const f32, valid: usize) -> V {
    let mut buffer = [0.0; 16];
    // SAFETY: `valid` values are readable, and at most LANES <= 16.
    unsafe {
        std::ptr::copy_nonoverlapping(from, buffer.as_mut_ptr(), valid);
        V::load(buffer.as_ptr())
    }
}

/// Stores the first `valid` values.
#[inline(always)]
pub(crate) unsafe fn store_partial<V: Vector>(vector: V, to: *mut f32, valid: usize) {
    let mut buffer = [0.0; 16];
    // SAFETY: `valid` values are writable, and at most LANES <= 16.
    unsafe {
        vector.store(buffer.as_mut_ptr());
        std::ptr::copy_nonoverlapping(buffer.as_ptr(), to, valid);
    }
}

/// Number of values of vector `n` that are stored.
#[inline(always)]
fn valid_lanes<V: Vector>(valid: usize, n: usize) -> usize {
    valid.saturating_sub(n * V::LANES).min(V::LANES)
}

/// Sums over taps and channels, and finishes the sums.
#[inline(always)]
unsafe fn sum_tile<V: Vector, const M: usize, const N: usize>(tile: &SumTile) {
    // SAFETY: the machine has the instruction set of V, and the caller guarantees every pointer of the tile: `rows[m]` for
    // m < M has start + depth values, the panel has N * LANES values in each row, `out[m]` has `valid` values.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        let whole = tile.valid == N * V::LANES;
        if tile.resume {
            for m in 0..M {
                for n in 0..N {
                    let at = tile.out[m].add(n * V::LANES);
                    sums[m][n] = if whole {
                        V::load(at)
                    } else {
                        load_partial(at, valid_lanes::<V>(tile.valid, n))
                    };
                }
            }
        }
        for tap in 0..tile.count {
            let tap = &*tile.taps.add(tap);
            let row = tap.weight_row + tile.start - tile.first_row;
            let mut weights = tile.panel.add(row * N * V::LANES);
            let rows: [*const f32; M] = std::array::from_fn(|m| tap.rows[m].add(tile.start));
            for c in 0..tile.depth {
                // One row of the panel serves all positions; one input value serves all output channels.
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
        // A copy: a loop over `sums` that is not unrolled would keep `sums` in memory from the start.
        let mut done = sums;
        if let Some((bias, activation)) = tile.epilogue {
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
                    store_partial(done[m][n], at, valid_lanes::<V>(tile.valid, n));
                }
            }
        }
    }
}

/// Sums outer products over positions: `M` channels of the left side with all channels of the right side.
#[inline(always)]
unsafe fn outer_tile<V: Vector, const M: usize, const N: usize>(tile: &OuterTile) {
    // SAFETY: the machine has the instruction set of V, and the caller guarantees every pointer: a left pointer has
    // left_start + M values, a right pointer N * LANES, `out` has M rows of `valid` values, and only those are accessed.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        let whole = tile.valid == N * V::LANES;
        if tile.resume {
            for m in 0..M {
                for n in 0..N {
                    let at = tile.out.add(m * tile.out_stride + n * V::LANES);
                    sums[m][n] = if whole {
                        V::load(at)
                    } else {
                        load_partial(at, valid_lanes::<V>(tile.valid, n))
                    };
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
                    store_partial(sums[m][n], at, valid_lanes::<V>(tile.valid, n));
                }
            }
        }
    }
}

macro_rules! micro_kernels {
    ($kernels:ident, $sum:ident, $outer:ident, $vector:ty $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        unsafe fn $sum<const M: usize, const N: usize>(tile: &SumTile) {
            // SAFETY: this function is only called where the machine has the instruction set; the caller guarantees
            // the rest.
            unsafe { sum_tile::<$vector, M, N>(tile) }
        }

        $(#[target_feature(enable = $feature)])?
        unsafe fn $outer<const M: usize, const N: usize>(tile: &OuterTile) {
            // SAFETY: as above.
            unsafe { outer_tile::<$vector, M, N>(tile) }
        }

        static $kernels: Kernels = Kernels { sum: all_rows!($sum), outer: all_rows!($outer) };
    };
}

/// A kernel for every number of rows and vectors.
macro_rules! all_rows {
    ($kernel:ident) => {
        [
            all_vectors!($kernel, 1),
            all_vectors!($kernel, 2),
            all_vectors!($kernel, 3),
            all_vectors!($kernel, 4),
            all_vectors!($kernel, 5),
            all_vectors!($kernel, 6),
        ]
    };
}

macro_rules! all_vectors {
    ($kernel:ident, $m:literal) => {
        [
            $kernel::<$m, 1>,
            $kernel::<$m, 2>,
            $kernel::<$m, 3>,
            $kernel::<$m, 4>,
        ]
    };
}

micro_kernels!(PORTABLE, sum_portable, outer_portable, Portable);
#[cfg(target_arch = "x86_64")]
micro_kernels!(AVX2, sum_avx2, outer_avx2, crate::simd::Avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
micro_kernels!(
    AVX512,
    sum_avx512,
    outer_avx512,
    crate::simd::Avx512,
    "avx512f,avx512dq"
);
#[cfg(target_arch = "aarch64")]
micro_kernels!(NEON, sum_neon, outer_neon, crate::simd::Neon, "neon");
