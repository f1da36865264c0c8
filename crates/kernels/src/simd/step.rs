//! Loops over slices, one vector at a time, in an instruction set that is chosen at run time.
//!
//! The loop is compiled once for every instruction set, together with the [`Step`] that it calls: a function with
//! `#[target_feature]` compiles everything that is inlined into it for that instruction set.
#![allow(unsafe_code)]

use super::instruction_set::Simd;
use super::lanes::{Lanes, Token};
use super::portable::Portable;
use super::vector::Vector;

/// The computation at each index of some slices: from values that are read, values of a repeating row, and the old values
/// of the written slices to their new values.
pub(crate) trait Step<const READ: usize, const ROW: usize, const WRITE: usize> {
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        read: [Lanes<V>; READ],
        row: [Lanes<V>; ROW],
        write: [Lanes<V>; WRITE],
    ) -> [Lanes<V>; WRITE];
}

/// Applies a step at every index of slices of one length. The slices of `row` are `width` long and repeat: a value for
/// each channel, for example.
///
/// # Panics
/// When the lengths of `read` and `write` differ, or those of `row` differ from `width`.
pub(crate) fn map_slices<S, const READ: usize, const ROW: usize, const WRITE: usize>(
    simd: Simd,
    step: &S,
    width: usize,
    read: [&[f32]; READ],
    row: [&[f32]; ROW],
    write: [&mut [f32]; WRITE],
) where
    S: Step<READ, ROW, WRITE>,
{
    let len = write.first().map_or(0, |slice| slice.len());
    assert!(
        write.iter().all(|slice| slice.len() == len),
        "written slices must have one length"
    );
    Walk::new(len, width, true, read, row, write).run_with_simd(simd, step);
}

/// As [`map_slices`], but the written slices are rows as well, which every row of `read` updates: sums over columns.
///
/// # Panics
/// When the lengths of `read` differ, or those of `row` and `sums` differ from `width`.
pub(crate) fn fold_columns<S, const READ: usize, const ROW: usize, const SUMS: usize>(
    simd: Simd,
    step: &S,
    width: usize,
    read: [&[f32]; READ],
    row: [&[f32]; ROW],
    sums: [&mut [f32]; SUMS],
) where
    S: Step<READ, ROW, SUMS>,
{
    let len = read.first().map_or(0, |slice| slice.len());
    assert!(
        sums.iter().all(|slice| slice.len() == width),
        "sums must be as long as a row"
    );
    Walk::new(len, width, false, read, row, sums).run_with_simd(simd, step);
}

struct Walk<const READ: usize, const ROW: usize, const WRITE: usize> {
    len: usize,
    width: usize,
    /// Whether the written slices advance from row to row, as those that are read do.
    advances: bool,
    read: [*const f32; READ],
    row: [*const f32; ROW],
    write: [*mut f32; WRITE],
}

impl<const READ: usize, const ROW: usize, const WRITE: usize> Walk<READ, ROW, WRITE> {
    fn new(
        len: usize,
        width: usize,
        advances: bool,
        read: [&[f32]; READ],
        row: [&[f32]; ROW],
        write: [&mut [f32]; WRITE],
    ) -> Self {
        assert!(width > 0 || len == 0, "a row must have a width");
        assert!(
            read.iter().all(|slice| slice.len() == len),
            "read slices must have one length"
        );
        assert!(
            row.iter().all(|slice| slice.len() == width),
            "rows must be as long as their width"
        );
        let (read, row) = (read.map(<[f32]>::as_ptr), row.map(<[f32]>::as_ptr));
        Self {
            len,
            width,
            advances,
            read,
            row,
            write: write.map(<[f32]>::as_mut_ptr),
        }
    }

    fn run_with_simd(&self, simd: Simd, step: &impl Step<READ, ROW, WRITE>) {
        // Checked here as well: running an instruction set that the machine lacks would be undefined behaviour.
        let simd = if Simd::available().contains(&simd) {
            simd
        } else {
            Simd::Portable
        };
        // SAFETY: the machine has the instruction set; the slices stay borrowed while `map_slices` and `fold_columns`
        // run, and their lengths have been checked there and in `new`.
        unsafe {
            match simd {
                #[cfg(target_arch = "x86_64")]
                Simd::Avx512 => avx512(self, step),
                #[cfg(target_arch = "x86_64")]
                Simd::Avx2 => avx2(self, step),
                #[cfg(target_arch = "aarch64")]
                Simd::Neon => neon(self, step),
                _ => portable(self, step),
            }
        }
    }

    /// # Safety
    /// The machine has `V`; `read` have `len` values, `row` have `width`, `write` have `len` where they advance and
    /// `width` where they do not.
    #[inline(always)]
    unsafe fn run_vectors<V: Vector>(&self, step: &impl Step<READ, ROW, WRITE>) {
        let mut start = 0;
        while start < self.len {
            let here = self.width.min(self.len - start);
            // Whole vectors of a row first, then the incomplete one at its end.
            let mut at = 0;
            while here - at >= V::LANES {
                // SAFETY: guaranteed by the caller; `at + LANES` is at most `here`, within the row and the slices.
                unsafe { self.step_vector::<V>(step, start, at, V::LANES) };
                at += V::LANES;
            }
            if at < here {
                // SAFETY: as above, for the rest of the row.
                unsafe { self.step_vector::<V>(step, start, at, here - at) };
            }
            start += here;
        }
    }

    /// # Safety
    /// As for `run_vectors`; slices have `valid` values from `start + at` on, and rows from `at` on.
    #[inline(always)]
    unsafe fn step_vector<V: Vector>(
        &self,
        step: &impl Step<READ, ROW, WRITE>,
        start: usize,
        at: usize,
        valid: usize,
    ) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            let token = Token::<V>::new();
            let to = if self.advances { start + at } else { at };
            let read = std::array::from_fn(|n| token.load(self.read[n].add(start + at), valid));
            let row = std::array::from_fn(|n| token.load(self.row[n].add(at), valid));
            let write = std::array::from_fn(|n| token.load(self.write[n].add(to), valid));
            let done = step.step_lanes(token, read, row, write);
            for (done, write) in done.into_iter().zip(self.write) {
                done.store(write.add(to), valid);
            }
        }
    }
}

macro_rules! compiled_for {
    ($name:ident, $vector:ty $(, $feature:literal)?) => {
        /// # Safety
        /// As for `run_vectors`.
        $(#[target_feature(enable = $feature)])?
        unsafe fn $name<const READ: usize, const ROW: usize, const WRITE: usize>(
            walk: &Walk<READ, ROW, WRITE>,
            step: &impl Step<READ, ROW, WRITE>,
        ) {
            // SAFETY: this function is only called where the machine has the instruction set; the caller guarantees the rest.
            unsafe { walk.run_vectors::<$vector>(step) }
        }
    };
}

compiled_for!(portable, Portable);
#[cfg(target_arch = "x86_64")]
compiled_for!(avx2, super::Avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
compiled_for!(avx512, super::Avx512, "avx512f,avx512dq");
#[cfg(target_arch = "aarch64")]
compiled_for!(neon, super::Neon, "neon");
