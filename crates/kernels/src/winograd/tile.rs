//! The transforms of a tile, vector by vector of its channels.
#![allow(unsafe_code)]
// Loops over the places of a tile have constant bounds, so that they are unrolled and their values stay in registers.
#![allow(clippy::needless_range_loop)]

use super::transform::Filter;
use crate::simd::{Lanes, Portable, Simd, Token, Vector};

/// A tile's pixels, and where their frequencies are written.
#[derive(Debug)]
pub(super) struct TileInput<const IN: usize> {
    /// For each pixel its channels, or as many zeros.
    pub(super) pixels: [[*const f32; IN]; IN],
    /// The values at the first frequency, whole vectors of them.
    pub(super) values: *mut f32,
    /// Values from one frequency to the next.
    pub(super) plane: usize,
    pub(super) channels: usize,
}

/// A tile's sums, and the pixels that they become.
#[derive(Debug)]
pub(super) struct TileOutput {
    /// The sums at the first frequency, whole vectors of them.
    pub(super) sums: *const f32,
    /// Values from one frequency to the next.
    pub(super) plane: usize,
    /// The first pixel, and the number of values from one row of pixels to the next.
    pub(super) pixels: *mut f32,
    pub(super) pixel_row: usize,
    pub(super) channels: usize,
    /// Rows and columns of the tile that lie on the image.
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Whole vectors.
    pub(super) bias: *const f32,
    /// Whether the sums are added to what the pixels hold.
    pub(super) adds: bool,
    /// The results are limited to this range.
    pub(super) range: [f32; 2],
}

pub(super) type LoadKernel<const IN: usize> = unsafe fn(&TileInput<IN>);
pub(super) type StoreKernel = unsafe fn(&TileOutput);

/// Transforms pixels to frequencies.
#[inline(always)]
unsafe fn load_tile<V: Vector, F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(
    tile: &TileInput<IN>,
) {
    let whole = tile.channels / V::LANES * V::LANES;
    let mut channel = 0;
    while channel < whole {
        // SAFETY: the caller guarantees the bounds, and at least one whole vector of channels is left.
        unsafe { load_channels::<V, F, IN, OUT>(tile, channel, V::LANES) };
        channel += V::LANES;
    }
    if channel < tile.channels {
        // SAFETY: as above, for the channels that remain.
        unsafe { load_channels::<V, F, IN, OUT>(tile, channel, tile.channels - channel) };
    }
}

#[inline(always)]
unsafe fn load_channels<V: Vector, F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(
    tile: &TileInput<IN>,
    channel: usize,
    valid: usize,
) {
    // SAFETY: the machine has the instruction set of V, and the caller guarantees `valid` values at every pixel and a whole
    // vector at every frequency.
    unsafe {
        let token = Token::<V>::new();
        // Every column of pixels first, then every row of the result.
        let mut half = [[token.splat(0.0); IN]; IN];
        for column in 0..IN {
            let pixels: [Lanes<V>; IN] =
                std::array::from_fn(|row| token.load(tile.pixels[row][column].add(channel), valid));
            let values = F::transform_pixels(token, pixels);
            for row in 0..IN {
                half[row][column] = values[row];
            }
        }
        for row in 0..IN {
            let values = F::transform_pixels(token, half[row]);
            for column in 0..IN {
                let at = (row * IN + column) * tile.plane + channel;
                values[column].store(tile.values.add(at), V::LANES);
            }
        }
    }
}

/// Transforms sums to pixels.
#[inline(always)]
unsafe fn store_tile<V: Vector, F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(
    tile: &TileOutput,
) {
    let whole = tile.channels / V::LANES * V::LANES;
    let mut channel = 0;
    while channel < whole {
        // SAFETY: the caller guarantees the bounds, and at least one whole vector of channels is left.
        unsafe { store_channels::<V, F, IN, OUT>(tile, channel, V::LANES) };
        channel += V::LANES;
    }
    if channel < tile.channels {
        // SAFETY: as above, for the channels that remain.
        unsafe { store_channels::<V, F, IN, OUT>(tile, channel, tile.channels - channel) };
    }
}

#[inline(always)]
unsafe fn store_channels<V: Vector, F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(
    tile: &TileOutput,
    channel: usize,
    valid: usize,
) {
    // SAFETY: the machine has the instruction set of V, and the caller guarantees a whole vector at every frequency, and
    // `valid` values at every pixel of the tile's rows and columns.
    unsafe {
        let token = Token::<V>::new();
        let [low, high] = tile.range.map(|limit| token.splat(limit));
        let bias = token.load(tile.bias.add(channel), V::LANES);
        // Every column of sums first, then every row of the result.
        let mut half = [[bias; IN]; OUT];
        for column in 0..IN {
            let sums: [Lanes<V>; IN] = std::array::from_fn(|row| {
                let at = (row * IN + column) * tile.plane + channel;
                token.load(tile.sums.add(at), V::LANES)
            });
            let values = F::transform_sums(token, sums);
            for row in 0..OUT {
                half[row][column] = values[row];
            }
        }
        for row in 0..OUT {
            if row >= tile.rows {
                break;
            }
            let values = F::transform_sums(token, half[row]);
            for column in 0..OUT {
                if column < tile.columns {
                    let at = row * tile.pixel_row + column * tile.channels + channel;
                    let mut sum = values[column] + bias;
                    if tile.adds {
                        sum = sum + token.load(tile.pixels.add(at), valid);
                    }
                    sum.limit(low, high).store(tile.pixels.add(at), valid);
                }
            }
        }
    }
}

macro_rules! compiled_for {
    ($load:ident, $store:ident, $vector:ty $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        unsafe fn $load<F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(tile: &TileInput<IN>) {
            // SAFETY: this function is only called where the machine has the instruction set; the caller guarantees
            // the rest.
            unsafe { load_tile::<$vector, F, IN, OUT>(tile) }
        }

        $(#[target_feature(enable = $feature)])?
        unsafe fn $store<F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(tile: &TileOutput) {
            // SAFETY: as above.
            unsafe { store_tile::<$vector, F, IN, OUT>(tile) }
        }
    };
}

compiled_for!(load_portable, store_portable, Portable);
#[cfg(target_arch = "x86_64")]
compiled_for!(load_avx2, store_avx2, crate::simd::Avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
compiled_for!(
    load_avx512,
    store_avx512,
    crate::simd::Avx512,
    "avx512f,avx512dq"
);
#[cfg(target_arch = "aarch64")]
compiled_for!(load_neon, store_neon, crate::simd::Neon, "neon");

/// The kernels of an instruction set.
pub(super) fn kernels<F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: Simd,
) -> (LoadKernel<IN>, StoreKernel) {
    match simd {
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 => (load_avx512::<F, IN, OUT>, store_avx512::<F, IN, OUT>),
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2 => (load_avx2::<F, IN, OUT>, store_avx2::<F, IN, OUT>),
        #[cfg(target_arch = "aarch64")]
        Simd::Neon => (load_neon::<F, IN, OUT>, store_neon::<F, IN, OUT>),
        _ => (load_portable::<F, IN, OUT>, store_portable::<F, IN, OUT>),
    }
}
