//! Loops over slices, a vector at a time, in an instruction set chosen at run time. What is done to a vector is a
//! [`Step`] in safe code.
#![allow(unsafe_code)]

use super::{Lanes, Portable, Simd, Token, Vector};

/// What is done at each place of some slices: from values read, values of a row that repeats, and values that are
/// replaced, to what replaces them.
pub(crate) trait Step<const READ: usize, const ROW: usize, const WRITE: usize> {
    fn step<V: Vector>(
        &self,
        token: Token<V>,
        read: [Lanes<V>; READ],
        row: [Lanes<V>; ROW],
        write: [Lanes<V>; WRITE],
    ) -> [Lanes<V>; WRITE];
}

/// Does a step at every place of slices of one length; each slice of `row` starts again when it ends.
///
/// # Panics
/// Where lengths differ: those of `read` and `write`, or those of the rows from `width`.
pub(crate) fn map<S, const READ: usize, const ROW: usize, const WRITE: usize>(
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
    assert!(write.iter().all(|slice| slice.len() == len), "written slices of different lengths");
    Walk::new(len, width, true, read, row, write).run(simd, step);
}

/// As [`map`], but what is replaced is a row as well, met again and again: sums over columns.
///
/// # Panics
/// Where lengths differ: those of `read`, or those of `row` and `sums` from `width`.
pub(crate) fn fold<S, const READ: usize, const ROW: usize, const SUMS: usize>(
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
    assert!(sums.iter().all(|slice| slice.len() == width), "sums of another length than their row");
    Walk::new(len, width, false, read, row, sums).run(simd, step);
}

struct Walk<const READ: usize, const ROW: usize, const WRITE: usize> {
    len: usize,
    width: usize,
    /// Whether the written slices go on from row to row, as those read do.
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
        assert!(width > 0 || len == 0, "rows of no width");
        assert!(read.iter().all(|slice| slice.len() == len), "read slices of different lengths");
        assert!(row.iter().all(|slice| slice.len() == width), "rows of another length than their width");
        let (read, row) = (read.map(<[f32]>::as_ptr), row.map(<[f32]>::as_ptr));
        Self { len, width, advances, read, row, write: write.map(<[f32]>::as_mut_ptr) }
    }

    fn run(&self, simd: Simd, step: &impl Step<READ, ROW, WRITE>) {
        // An instruction set that is not there must not be run, whoever asked for it.
        let simd = if Simd::available().contains(&simd) { simd } else { Simd::Portable };
        // SAFETY: the machine has the instruction set; the slices are borrowed for as long as `map` and `fold` run,
        // `new` and they have checked that all are as long as `walk` needs.
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
    unsafe fn walk<V: Vector>(&self, step: &impl Step<READ, ROW, WRITE>) {
        let mut start = 0;
        while start < self.len {
            let here = self.width.min(self.len - start);
            let mut at = 0;
            while here - at >= V::LANES {
                // SAFETY: the caller's; `at + LANES` is at most `here`, within the row and the slices.
                unsafe { self.vector::<V>(step, start, at, V::LANES) };
                at += V::LANES;
            }
            if at < here {
                // SAFETY: as above, with what is left of the row.
                unsafe { self.vector::<V>(step, start, at, here - at) };
            }
            start += here;
        }
    }

    /// # Safety
    /// As for `walk`; the `valid` values from `start + at` are there, and those from `at` in the row.
    #[inline(always)]
    unsafe fn vector<V: Vector>(
        &self,
        step: &impl Step<READ, ROW, WRITE>,
        start: usize,
        at: usize,
        valid: usize,
    ) {
        // SAFETY: the caller's.
        unsafe {
            let token = Token::<V>::new();
            let to = if self.advances { start + at } else { at };
            let read = std::array::from_fn(|n| token.load(self.read[n].add(start + at), valid));
            let row = std::array::from_fn(|n| token.load(self.row[n].add(at), valid));
            let write = std::array::from_fn(|n| token.load(self.write[n].add(to), valid));
            let done = step.step(token, read, row, write);
            for (done, write) in done.into_iter().zip(self.write) {
                done.store(write.add(to), valid);
            }
        }
    }
}

macro_rules! compiled_for {
    ($name:ident, $vector:ty $(, $feature:literal)?) => {
        /// # Safety
        /// As for `walk`.
        $(#[target_feature(enable = $feature)])?
        unsafe fn $name<const READ: usize, const ROW: usize, const WRITE: usize>(
            walk: &Walk<READ, ROW, WRITE>,
            step: &impl Step<READ, ROW, WRITE>,
        ) {
            // SAFETY: this function carries the instruction set; the rest is the caller's.
            unsafe { walk.walk::<$vector>(step) }
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
