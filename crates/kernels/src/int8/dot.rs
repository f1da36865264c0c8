//! Sums of products, a tile at a time. A tile is a few windows, each with the same few blocks of output channels.
#![allow(unsafe_code)]

use super::grid::{BLOCK, GROUP, MOST_BLOCKS};
use super::weights::PhaseWeights;
use crate::simd::Simd;

/// The instructions that sum the products. All give the same integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(miri, allow(dead_code))] // Miri runs plain Rust alone
pub(super) enum Dot {
    Portable,
    /// 256-bit vectors of 16-bit products.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 VNNI: 64 products and their sums in one instruction.
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

impl Dot {
    /// The fastest of this machine that an instruction set allows.
    pub(super) fn fastest(simd: Simd) -> Self {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            if simd == Simd::Avx512
                && is_x86_feature_detected!("avx512vnni")
                && is_x86_feature_detected!("avx512f")
            {
                return Self::Vnni;
            }
            if simd >= Simd::Avx2 && is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        let _ = simd;
        Self::Portable
    }

    /// Whether these instructions multiply bytes faster than the CPU multiplies floats.
    pub(super) fn is_fast(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => false,
            Self::Portable => false,
        }
    }

    /// Positions and blocks of a tile where `blocks` are left: as many sums as registers hold.
    pub(super) fn tile(self, blocks: usize) -> [usize; 2] {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni if blocks >= 4 => [6, 4],
            #[cfg(target_arch = "x86_64")]
            Self::Vnni if blocks >= 2 => [8, 2],
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => [8, 1],
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => [4, 1],
            Self::Portable => {
                let _ = blocks;
                [4, 1]
            }
        }
    }
}

/// The most positions of a tile.
pub(super) const MOST_POSITIONS: usize = 8;

/// What a tile reads.
pub(super) struct Tile<'a> {
    pub(super) bytes: &'a [u8],
    /// Where the window of each position begins.
    pub(super) starts: [usize; MOST_POSITIONS],
    /// Where each run of bytes of a window begins, counted from the start of the window, and the groups in each run.
    pub(super) runs: &'a [usize],
    pub(super) run_groups: usize,
    pub(super) weights: &'a PhaseWeights,
    /// The first block.
    pub(super) block: usize,
}

impl Tile<'_> {
    /// Writes the sums of a tile of this size, one that [`Dot::tile`] gives: `[position][output channel]`, where a row has
    /// the channels of the tile's blocks.
    pub(super) fn sum(&self, dot: Dot, [positions, blocks]: [usize; 2], sums: &mut [i32]) {
        let groups = self.runs.len() * self.run_groups;
        // The unchecked loops below read exactly this.
        assert!(positions <= MOST_POSITIONS && blocks <= MOST_BLOCKS);
        assert!(sums.len() >= positions * blocks * BLOCK);
        assert!(self.weights.bytes.len() >= (self.block + blocks) * groups * BLOCK * GROUP);
        assert!(self.weights.starts.len() >= (self.block + blocks) * BLOCK);
        let furthest = self
            .runs
            .iter()
            .max()
            .map_or(0, |run| run + self.run_groups * GROUP);
        let starts = &self.starts[..positions];
        assert!(
            starts
                .iter()
                .all(|start| start + furthest <= self.bytes.len())
        );
        // SAFETY (of each call): the machine has the instructions, which `Dot::fastest` has checked, and the reads lie inside the
        // slices.
        match (dot, [positions, blocks]) {
            #[cfg(target_arch = "x86_64")]
            (Dot::Vnni, [6, 4]) => unsafe { x86::vnni::<6, 4>(self, sums) },
            #[cfg(target_arch = "x86_64")]
            (Dot::Vnni, [8, 2]) => unsafe { x86::vnni::<8, 2>(self, sums) },
            #[cfg(target_arch = "x86_64")]
            (Dot::Vnni, [8, 1]) => unsafe { x86::vnni::<8, 1>(self, sums) },
            #[cfg(target_arch = "x86_64")]
            (Dot::Avx2, [4, 1]) => unsafe { x86::avx2::<4>(self, sums) },
            _ => self.sum_portable(positions, blocks, sums),
        }
    }

    fn sum_portable(&self, positions: usize, blocks: usize, sums: &mut [i32]) {
        let groups = self.runs.len() * self.run_groups;
        let width = blocks * BLOCK;
        for (position, start) in self.starts.iter().enumerate().take(positions) {
            for block in 0..blocks {
                let sums = &mut sums[position * width + block * BLOCK..][..BLOCK];
                sums.copy_from_slice(&self.weights.starts[(self.block + block) * BLOCK..][..BLOCK]);
                let weights = &self.weights.bytes[(self.block + block) * groups * BLOCK * GROUP..];
                let mut weights = weights.chunks_exact(BLOCK * GROUP);
                for run in self.runs {
                    let values = &self.bytes[start + run..][..self.run_groups * GROUP];
                    for (values, weights) in values.chunks_exact(GROUP).zip(&mut weights) {
                        for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(GROUP)) {
                            let pairs = values.iter().zip(weights);
                            *sum += pairs
                                .map(|(value, weight)| i32::from(*value) * i32::from(*weight))
                                .sum::<i32>();
                        }
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(clippy::wildcard_imports)]
    use std::arch::x86_64::*;

    use crate::int8::dot::Tile;
    use crate::int8::grid::{BLOCK, GROUP};

    /// A group of bytes as one number.
    ///
    /// # Safety
    /// The group lies inside its slice.
    #[inline(always)]
    unsafe fn read_group(group: *const u8) -> i32 {
        // SAFETY: guaranteed by the caller; an array of bytes has no alignment.
        i32::from_le_bytes(unsafe { group.cast::<[u8; GROUP]>().read() })
    }

    /// # Safety
    /// The machine has AVX-512 VNNI; the reads that [`Tile::sum`] checks lie inside their slices.
    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) unsafe fn vnni<const P: usize, const B: usize>(tile: &Tile<'_>, sums: &mut [i32]) {
        let groups = tile.runs.len() * tile.run_groups;
        let block_len = groups * BLOCK * GROUP;
        // SAFETY: the offsets are those that `Tile::sum` has checked; a row of sums has `B` blocks, and there are `P` rows.
        unsafe {
            let starts = tile.weights.starts.as_ptr().add(tile.block * BLOCK);
            let first: [__m512i; B] =
                std::array::from_fn(|b| _mm512_loadu_si512(starts.add(b * BLOCK).cast()));
            let mut acc = [first; P];
            let mut weights: *const i8 = tile.weights.bytes.as_ptr().add(tile.block * block_len);
            let bytes = tile.bytes.as_ptr();
            let windows: [*const u8; P] = std::array::from_fn(|p| bytes.add(tile.starts[p]));
            for run in tile.runs {
                let values: [*const u8; P] = std::array::from_fn(|p| windows[p].add(*run));
                for group in 0..tile.run_groups {
                    let w: [__m512i; B] = std::array::from_fn(|b| {
                        _mm512_loadu_si512(weights.add(b * block_len).cast())
                    });
                    for (values, acc) in values.iter().zip(&mut acc) {
                        let four = _mm512_set1_epi32(read_group(values.add(group * GROUP)));
                        for (acc, w) in acc.iter_mut().zip(&w) {
                            *acc = _mm512_dpbusd_epi32(*acc, four, *w);
                        }
                    }
                    weights = weights.add(BLOCK * GROUP);
                }
            }
            for (p, acc) in acc.iter().enumerate() {
                for (b, acc) in acc.iter().enumerate() {
                    _mm512_storeu_si512(sums.as_mut_ptr().add((p * B + b) * BLOCK).cast(), *acc);
                }
            }
        }
    }

    /// Products of 16-bit numbers in pairs: the even bytes of a group, then the odd ones. Products of bytes in pairs
    /// (`vpmaddubsw`) would be faster but saturate.
    ///
    /// # Safety
    /// The machine has AVX2; the reads that [`Tile::sum`] checks lie inside their slices.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2<const P: usize>(tile: &Tile<'_>, sums: &mut [i32]) {
        const HALF: usize = BLOCK / 2;
        let groups = tile.runs.len() * tile.run_groups;
        // SAFETY: as in `vnni`, with one block.
        unsafe {
            let starts = tile.weights.starts.as_ptr().add(tile.block * BLOCK);
            let first: [__m256i; 2] =
                std::array::from_fn(|h| _mm256_loadu_si256(starts.add(h * HALF).cast()));
            let mut acc = [first; P];
            let block_len = groups * BLOCK * GROUP;
            let mut weights: *const i8 = tile.weights.bytes.as_ptr().add(tile.block * block_len);
            let bytes = tile.bytes.as_ptr();
            let even = _mm256_set1_epi16(0x00ff);
            for run in tile.runs {
                for group in 0..tile.run_groups {
                    let w: [[__m256i; 2]; 2] = std::array::from_fn(|h| {
                        let w = _mm256_loadu_si256(weights.add(h * HALF * GROUP).cast());
                        // The sign of the lower byte of each pair, and of the upper one.
                        [
                            _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(w)),
                            _mm256_srai_epi16::<8>(w),
                        ]
                    });
                    for (start, acc) in tile.starts.iter().zip(&mut acc) {
                        let four = read_group(bytes.add(start + run + group * GROUP));
                        let four = _mm256_set1_epi32(four);
                        let halves = [_mm256_and_si256(four, even), _mm256_srli_epi16::<8>(four)];
                        for (acc, w) in acc.iter_mut().zip(&w) {
                            let products = [0, 1].map(|at| _mm256_madd_epi16(halves[at], w[at]));
                            let sum = _mm256_add_epi32(products[0], products[1]);
                            *acc = _mm256_add_epi32(*acc, sum);
                        }
                    }
                    weights = weights.add(BLOCK * GROUP);
                }
            }
            for (p, acc) in acc.iter().enumerate() {
                for (h, acc) in acc.iter().enumerate() {
                    let to = sums.as_mut_ptr().add(p * BLOCK + h * HALF);
                    _mm256_storeu_si256(to.cast(), *acc);
                }
            }
        }
    }
}
