//! Dot products of one vector of values with several rows.
#![allow(unsafe_code)]

use super::instruction_set::Simd;
use super::portable::Portable;
use super::vector::Vector;

/// Independent sums of a dot product: they hide the latency of the fused multiply-add.
const SUMS: usize = 4;
/// Values of the widest vector.
const MAX_LANES: usize = 16;

/// Writes the dot product of `one` with each row of `rows`, which are as long as `one`.
///
/// # Panics
/// When `rows` has not as many rows as `to` has values.
pub(crate) fn dot_rows(simd: Simd, one: &[f32], rows: &[f32], to: &mut [f32]) {
    assert_eq!(
        Some(rows.len()),
        one.len().checked_mul(to.len()),
        "rows must be as long as the vector that they are multiplied with"
    );
    // SAFETY: `for_each_row` has the lengths checked above, and an instruction set is only chosen where the machine has it.
    unsafe {
        match simd {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 if Simd::available().contains(&simd) => avx512(one, rows, to),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 if Simd::available().contains(&simd) => avx2(one, rows, to),
            #[cfg(target_arch = "aarch64")]
            Simd::Neon if Simd::available().contains(&simd) => neon(one, rows, to),
            _ => portable(one, rows, to),
        }
    }
}

/// # Safety
/// The machine has `V`, and `rows` has `one.len()` values for each value of `to`.
#[inline(always)]
unsafe fn for_each_row<V: Vector>(one: &[f32], rows: &[f32], to: &mut [f32]) {
    let len = one.len();
    for (row, to) in to.iter_mut().enumerate() {
        // SAFETY: guaranteed by the caller.
        *to = unsafe { dot::<V>(one.as_ptr(), rows.as_ptr().add(row * len), len) };
    }
}

/// # Safety
/// The machine has `V`, and both pointers have `len` values.
#[inline(always)]
unsafe fn dot<V: Vector>(one: *const f32, other: *const f32, len: usize) -> f32 {
    // SAFETY: guaranteed by the caller; every vector that is loaded ends at `len` or before.
    unsafe {
        let mut sums = [V::splat(0.0); SUMS];
        let mut at = 0;
        while len - at >= SUMS * V::LANES {
            for (n, sum) in sums.iter_mut().enumerate() {
                let here = at + n * V::LANES;
                *sum = V::load(one.add(here)).mul_add(V::load(other.add(here)), *sum);
            }
            at += SUMS * V::LANES;
        }
        while len - at >= V::LANES {
            sums[0] = V::load(one.add(at)).mul_add(V::load(other.add(at)), sums[0]);
            at += V::LANES;
        }
        let sum = sums[0].add(sums[1]).add(sums[2].add(sums[3]));
        let mut lanes = [0.0_f32; MAX_LANES];
        sum.store(lanes.as_mut_ptr());
        let mut total: f32 = lanes.iter().sum();
        for at in at..len {
            total += *one.add(at) * *other.add(at);
        }
        total
    }
}

macro_rules! compiled_for {
    ($name:ident, $vector:ty $(, $feature:literal)?) => {
        /// # Safety
        /// As for `for_each_row`.
        $(#[target_feature(enable = $feature)])?
        unsafe fn $name(one: &[f32], rows: &[f32], to: &mut [f32]) {
            // SAFETY: this function is only called where the machine has the instruction set; the caller guarantees the rest.
            unsafe { for_each_row::<$vector>(one, rows, to) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{noise, run_guarded};

    #[test]
    fn dot_products_agree_with_double_precision() {
        for len in [1, 3, 15, 16, 17, 64, 100, 256] {
            let (one, rows) = (noise(len, 1), noise(5 * len, 2));
            for &simd in Simd::available() {
                let (products, ()) =
                    run_guarded(&[f32::NAN; 5], |to| dot_rows(simd, &one, &rows, to));
                for (product, row) in products.iter().zip(rows.chunks_exact(len)) {
                    let exact: f64 = one
                        .iter()
                        .zip(row)
                        .map(|(a, b)| f64::from(*a) * f64::from(*b))
                        .sum();
                    assert!(
                        (f64::from(*product) - exact).abs() <= 1e-5,
                        "{product} should be {exact}"
                    );
                }
            }
        }
    }
}
