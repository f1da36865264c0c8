//! The transforms of a tile. Its channels are transformed a vector at a time.
#![allow(unsafe_code)]
// Loops over the places of a tile have constant bounds, so that they are unrolled and their values stay in registers.
#![allow(clippy::needless_range_loop)]

use std::marker::PhantomData;
use std::ops::Range;

use super::filter::{Filter, FilterKind, FourOfThree, FourOfTwo, ThreeOfTwo, TwoOfThree, TwoOfTwo};
use super::taps::GroupPoints;
use crate::simd::{Lanes, Portable, Simd, Token, Vector};

/// Most pixels along a side of a tile.
pub(super) const MOST_SIDE: usize = 6;

/// The pixels of a tile in one phase, and where their frequencies are written.
#[derive(Debug)]
pub(super) struct TileInput<'a> {
    /// For each pixel its channels, or as many zeros.
    pub(super) pixels: [[*const f32; MOST_SIDE]; MOST_SIDE],
    /// The values at the first frequency.
    pub(super) values: *mut f32,
    /// Values from one frequency to the next.
    pub(super) plane: usize,
    pub(super) channels: usize,
    /// The frequencies that are written.
    pub(super) points: &'a GroupPoints,
}

/// The sums of a tile in one phase, and the pixels that they become.
#[derive(Debug)]
pub(super) struct TileOutput<'a> {
    /// The sums at the first frequency.
    pub(super) sums: *const f32,
    /// Values from one frequency to the next.
    pub(super) plane: usize,
    /// The first pixel, which may lie beside the image, and the number of values from one row of pixels to the next and from
    /// one column to the next.
    pub(super) pixels: *mut f32,
    pub(super) pitch: [usize; 2],
    pub(super) channels: usize,
    /// The frequencies that have sums; all others are zero.
    pub(super) points: &'a GroupPoints,
    /// Rows and columns of the tile that lie on the image.
    pub(super) inside: [Range<usize>; 2],
    /// Whole vectors.
    pub(super) bias: *const f32,
    /// Whether the sums are added to what the pixels hold.
    pub(super) adds: bool,
    /// The results are limited to this range.
    pub(super) range: [f32; 2],
}

/// The transforms of a filter in one instruction set.
#[derive(Debug, Clone, Copy)]
pub(super) struct TileKernels {
    /// Pixels to frequencies.
    pub(super) load_pixels: unsafe fn(&TileInput<'_>),
    /// The gradients of a tile's outputs to those of its products.
    pub(super) load_gradients: unsafe fn(&TileInput<'_>),
    /// Sums to pixels.
    pub(super) store_sums: unsafe fn(&TileOutput<'_>),
}

/// The transform of a tile along one axis. As a type and not as a closure, it is inlined for certain.
trait Load<const FROM: usize, const TO: usize> {
    fn transform<V: Vector>(token: Token<V>, values: [Lanes<V>; FROM]) -> [Lanes<V>; TO];
}

struct Pixels<F, const OUT: usize, const TAPS: usize>(PhantomData<F>);
struct Gradients<F, const TAPS: usize>(PhantomData<F>);

impl<F: Filter<IN, OUT, TAPS>, const IN: usize, const OUT: usize, const TAPS: usize> Load<IN, IN>
    for Pixels<F, OUT, TAPS>
{
    #[inline(always)]
    fn transform<V: Vector>(token: Token<V>, values: [Lanes<V>; IN]) -> [Lanes<V>; IN] {
        F::transform_pixels(token, values)
    }
}

impl<F: Filter<IN, OUT, TAPS>, const IN: usize, const OUT: usize, const TAPS: usize> Load<OUT, IN>
    for Gradients<F, TAPS>
{
    #[inline(always)]
    fn transform<V: Vector>(token: Token<V>, values: [Lanes<V>; OUT]) -> [Lanes<V>; IN] {
        F::transform_gradients(token, values)
    }
}

/// Transforms pixels to frequencies.
#[inline(always)]
unsafe fn load_tile<V: Vector, L: Load<FROM, TO>, const FROM: usize, const TO: usize>(
    tile: &TileInput<'_>,
) {
    let whole = tile.channels / V::LANES * V::LANES;
    let mut channel = 0;
    while channel < whole {
        // SAFETY: the caller guarantees the bounds, and at least one whole vector of channels is left.
        unsafe { load_channels::<V, L, FROM, TO>(tile, channel, V::LANES) };
        channel += V::LANES;
    }
    if channel < tile.channels {
        let rest = tile.channels - channel;
        // SAFETY: as above, for the channels that remain.
        unsafe { load_channels::<V, L, FROM, TO>(tile, channel, rest) };
    }
}

#[inline(always)]
unsafe fn load_channels<V: Vector, L: Load<FROM, TO>, const FROM: usize, const TO: usize>(
    tile: &TileInput<'_>,
    channel: usize,
    valid: usize,
) {
    // SAFETY: the machine has the instruction set of V, and the caller guarantees `valid` values at every pixel and at every
    // frequency.
    unsafe {
        let token = Token::<V>::new();
        // Every column of pixels first, then every row of the result.
        let mut half = [[token.splat(0.0); FROM]; TO];
        for column in 0..FROM {
            let pixels: [Lanes<V>; FROM] =
                std::array::from_fn(|row| token.load(tile.pixels[row][column].add(channel), valid));
            let values = L::transform(token, pixels);
            for row in 0..TO {
                half[row][column] = values[row];
            }
        }
        let GroupPoints { rows, columns } = tile.points;
        for row in 0..TO {
            if !rows.contains(&row) {
                continue;
            }
            let values = L::transform(token, half[row]);
            for column in 0..TO {
                if columns.contains(&column) {
                    let at = (row * TO + column) * tile.plane + channel;
                    values[column].store(tile.values.add(at), valid);
                }
            }
        }
    }
}

/// Transforms sums to pixels.
#[inline(always)]
unsafe fn store_tile<
    V: Vector,
    F: Filter<IN, OUT, TAPS>,
    const IN: usize,
    const OUT: usize,
    const TAPS: usize,
>(
    tile: &TileOutput<'_>,
) {
    let whole = tile.channels / V::LANES * V::LANES;
    let mut channel = 0;
    while channel < whole {
        // SAFETY: the caller guarantees the bounds, and at least one whole vector of channels is left.
        unsafe { store_channels::<V, F, IN, OUT, TAPS>(tile, channel, V::LANES) };
        channel += V::LANES;
    }
    if channel < tile.channels {
        let rest = tile.channels - channel;
        // SAFETY: as above, for the channels that remain.
        unsafe { store_channels::<V, F, IN, OUT, TAPS>(tile, channel, rest) };
    }
}

#[inline(always)]
unsafe fn store_channels<
    V: Vector,
    F: Filter<IN, OUT, TAPS>,
    const IN: usize,
    const OUT: usize,
    const TAPS: usize,
>(
    tile: &TileOutput<'_>,
    channel: usize,
    valid: usize,
) {
    // SAFETY: the machine has the instruction set of V, and the caller guarantees `valid` values at every frequency and at
    // every pixel of the tile's rows and columns, and a whole vector of the bias.
    unsafe {
        let token = Token::<V>::new();
        let [low, high] = tile.range.map(|limit| token.splat(limit));
        let bias = token.load(tile.bias.add(channel), V::LANES);
        // Every column of sums first, then every row of the result.
        let zeros = token.splat(0.0);
        let mut half = [[zeros; IN]; OUT];
        let GroupPoints { rows, columns } = tile.points;
        for column in 0..IN {
            if !columns.contains(&column) {
                continue;
            }
            let sums: [Lanes<V>; IN] = std::array::from_fn(|row| {
                if !rows.contains(&row) {
                    return zeros;
                }
                let at = (row * IN + column) * tile.plane + channel;
                token.load(tile.sums.add(at), valid)
            });
            let values = F::transform_sums(token, sums);
            for row in 0..OUT {
                half[row][column] = values[row];
            }
        }
        let [rows, columns] = &tile.inside;
        let [row_pitch, column_pitch] = tile.pitch;
        for row in 0..OUT {
            if !rows.contains(&row) {
                continue;
            }
            let values = F::transform_sums(token, half[row]);
            for column in 0..OUT {
                if columns.contains(&column) {
                    let at = row * row_pitch + column * column_pitch + channel;
                    // The first pixel of the tile may lie beside the image, but not this one.
                    let pixel = tile.pixels.wrapping_add(at);
                    let mut sum = values[column] + bias;
                    if tile.adds {
                        sum = sum + token.load(pixel, valid);
                    }
                    sum.limit(low, high).store(pixel, valid);
                }
            }
        }
    }
}

macro_rules! compiled_for {
    ($kernels:ident, $vector:ty $(, $feature:literal)?) => {
        mod $kernels {
            use crate::engine::winograd::tile::*;

            $(#[target_feature(enable = $feature)])?
            unsafe fn load_pixels<
                F: Filter<IN, OUT, TAPS>,
                const IN: usize,
                const OUT: usize,
                const TAPS: usize,
            >(
                tile: &TileInput<'_>,
            ) {
                // SAFETY: this function is only called where the machine has the instruction set; the caller guarantees
                // the rest.
                unsafe { load_tile::<$vector, Pixels<F, OUT, TAPS>, IN, IN>(tile) }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn load_gradients<
                F: Filter<IN, OUT, TAPS>,
                const IN: usize,
                const OUT: usize,
                const TAPS: usize,
            >(
                tile: &TileInput<'_>,
            ) {
                // SAFETY: as above.
                unsafe { load_tile::<$vector, Gradients<F, TAPS>, OUT, IN>(tile) }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn store_sums<
                F: Filter<IN, OUT, TAPS>,
                const IN: usize,
                const OUT: usize,
                const TAPS: usize,
            >(
                tile: &TileOutput<'_>,
            ) {
                // SAFETY: as above.
                unsafe { store_tile::<$vector, F, IN, OUT, TAPS>(tile) }
            }

            pub(super) fn of_filter<
                F: Filter<IN, OUT, TAPS>,
                const IN: usize,
                const OUT: usize,
                const TAPS: usize,
            >() -> TileKernels {
                TileKernels {
                    load_pixels: load_pixels::<F, IN, OUT, TAPS>,
                    load_gradients: load_gradients::<F, IN, OUT, TAPS>,
                    store_sums: store_sums::<F, IN, OUT, TAPS>,
                }
            }
        }
    };
}

compiled_for!(portable, Portable);
#[cfg(target_arch = "x86_64")]
compiled_for!(avx2, crate::simd::Avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
compiled_for!(avx512, crate::simd::Avx512, "avx512f,avx512dq");
#[cfg(target_arch = "aarch64")]
compiled_for!(neon, crate::simd::Neon, "neon");

fn of_filter<F: Filter<IN, OUT, TAPS>, const IN: usize, const OUT: usize, const TAPS: usize>(
    simd: Simd,
) -> TileKernels {
    match simd {
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 => avx512::of_filter::<F, IN, OUT, TAPS>(),
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2 => avx2::of_filter::<F, IN, OUT, TAPS>(),
        #[cfg(target_arch = "aarch64")]
        Simd::Neon => neon::of_filter::<F, IN, OUT, TAPS>(),
        _ => portable::of_filter::<F, IN, OUT, TAPS>(),
    }
}

impl TileKernels {
    /// The kernels of a filter.
    pub(super) fn new(filter: FilterKind, simd: Simd) -> Self {
        match filter {
            FilterKind::TwoOfTwo => of_filter::<TwoOfTwo, 3, 2, 2>(simd),
            FilterKind::ThreeOfTwo => of_filter::<ThreeOfTwo, 4, 3, 2>(simd),
            FilterKind::FourOfTwo => of_filter::<FourOfTwo, 5, 4, 2>(simd),
            FilterKind::TwoOfThree => of_filter::<TwoOfThree, 4, 2, 3>(simd),
            FilterKind::FourOfThree => of_filter::<FourOfThree, 6, 4, 3>(simd),
        }
    }
}
