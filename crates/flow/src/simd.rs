//! Vectors of eight 32-bit floats. Inner loops are kernels, generic over the instruction set: [`dispatch`] runs them with
//! AVX2 where the CPU has it, and with plain loops over eight values elsewhere.
//!
//! Products and sums are never fused, so that every CPU computes the same bits.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use std::ops::{Add, AddAssign, Div, Mul, Sub};

#[cfg(target_arch = "x86_64")]
use pulp::{Arch, NullaryFnOnce, x86::V3};
use pulp::{Scalar256b, Simd, f32x8};

/// Values in a vector: one AVX2 register.
pub(crate) const LANES: usize = 8;

/// An instruction set with vectors of eight floats.
pub(crate) trait Vectors: Simd<f32s = f32x8> {}

impl<S: Simd<f32s = f32x8>> Vectors for S {}

/// A loop that is compiled for several instruction sets.
pub(crate) trait Kernel {
    /// Runs the loop. Implementations and what they call are `#[inline(always)]`.
    fn run<S: Vectors>(self, simd: S);
}

/// Runs a kernel with the best instruction set of the CPU.
pub(crate) fn dispatch<K: Kernel>(kernel: K) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = V3::try_new() {
        return Arch::V3(simd).dispatch(WithAvx2 { kernel, simd });
    }
    kernel.run(Scalar256b);
}

#[cfg(target_arch = "x86_64")]
struct WithAvx2<K> {
    kernel: K,
    simd: V3,
}

#[cfg(target_arch = "x86_64")]
impl<K: Kernel> NullaryFnOnce for WithAvx2<K> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.kernel.run(self.simd);
    }
}

/// A vector, with the instruction set that computes with it.
#[derive(Clone, Copy)]
pub(crate) struct Vector<S> {
    simd: S,
    values: f32x8,
}

impl<S: Vectors> Vector<S> {
    #[inline(always)]
    pub(crate) fn splat(simd: S, value: f32) -> Self {
        Self {
            simd,
            values: simd.splat_f32s(value),
        }
    }

    #[inline(always)]
    pub(crate) fn from_array(simd: S, values: [f32; LANES]) -> Self {
        Self {
            simd,
            values: pulp::cast(values),
        }
    }

    /// The vector that starts at a place.
    #[inline(always)]
    pub(crate) fn load(simd: S, values: &[f32], at: usize) -> Self {
        let mut block = [0.0; LANES];
        block.copy_from_slice(&values[at..at + LANES]);
        Self::from_array(simd, block)
    }

    /// Writes the vector to where a slice starts at a place.
    #[inline(always)]
    pub(crate) fn store(self, out: &mut [f32], at: usize) {
        out[at..at + LANES].copy_from_slice(&self.to_array());
    }

    #[inline(always)]
    pub(crate) fn to_array(self) -> [f32; LANES] {
        pulp::cast(self.values)
    }

    #[inline(always)]
    pub(crate) fn abs(self) -> Self {
        Self {
            values: self.simd.abs_f32s(self.values),
            ..self
        }
    }

    #[inline(always)]
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            values: self.simd.max_f32s(self.values, other.values),
            ..self
        }
    }

    #[inline(always)]
    pub(crate) fn sqrt(self) -> Self {
        Self {
            values: self.simd.sqrt_f32s(self.values),
            ..self
        }
    }

    /// The sum of the values, in pairs.
    #[inline(always)]
    pub(crate) fn sum(self) -> f32 {
        let v = self.to_array();
        ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]))
    }

    /// This vector, and another one by a share.
    #[inline(always)]
    pub(crate) fn blend(self, other: Self, share: Self) -> Self {
        let one = Self::splat(self.simd, 1.0);
        (one - share) * self + share * other
    }
}

impl<S: Vectors> Add for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            values: self.simd.add_f32s(self.values, other.values),
            ..self
        }
    }
}

impl<S: Vectors> AddAssign for Vector<S> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<S: Vectors> Sub for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self {
            values: self.simd.sub_f32s(self.values, other.values),
            ..self
        }
    }
}

impl<S: Vectors> Mul for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self {
            values: self.simd.mul_f32s(self.values, other.values),
            ..self
        }
    }
}

impl<S: Vectors> Div for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self {
            values: self.simd.div_f32s(self.values, other.values),
            ..self
        }
    }
}

/// The vectors that start at one place of several rows.
///
/// Written as a loop because the compiler may turn `map` on an array into a call that does not use the wide registers.
#[inline(always)]
pub(crate) fn load_all<S: Vectors, const N: usize>(
    simd: S,
    rows: [&[f32]; N],
    at: usize,
) -> [Vector<S>; N] {
    let mut vectors = [Vector::splat(simd, 0.0); N];
    for (vector, row) in vectors.iter_mut().zip(rows) {
        *vector = Vector::load(simd, row, at);
    }
    vectors
}

/// The smallest multiple of [`LANES`] that is not below `length`: with it, loops over vectors need no remainder.
pub(crate) fn round_up(length: usize) -> usize {
    length.next_multiple_of(LANES)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation once, on values whose results need rounding.
    struct Everything<'a>(&'a mut [f32]);

    impl Kernel for Everything<'_> {
        #[inline(always)]
        fn run<S: Vectors>(self, simd: S) {
            let a = Vector::from_array(simd, [0.1, 1.7, -2.3, 3.9, 4.1, -5.7, 6.3, 7.9]);
            let b = Vector::splat(simd, 0.7);
            let mut sum = (a * b + a / b - b).abs().sqrt().max(b).blend(a, b);
            sum += a;
            sum.store(self.0, 0);
            self.0[LANES] = sum.sum();
        }
    }

    #[test]
    fn every_instruction_set_computes_the_same_bits() {
        let mut best = [0.0; LANES + 1];
        dispatch(Everything(&mut best));
        let mut plain = [0.0; LANES + 1];
        Everything(&mut plain).run(Scalar256b);
        assert_eq!(best, plain);
    }
}
