//! Vectors for safe code. A [`Token`] proves that the CPU supports an instruction set: it can only be created after a
//! run-time check. [`Lanes`] can only be created from a token, so their operations are safe.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Sub};

use super::functions::activate;
use super::vector::Vector;
use crate::activation::Activation;

/// Number of values of the widest vector.
const MAX_LANES: usize = 16;

/// Proof that the machine has the instruction set of `V`.
#[derive(Clone, Copy)]
pub(crate) struct Token<V>(PhantomData<V>);

/// A vector of an instruction set that the machine has.
#[derive(Clone, Copy)]
pub(crate) struct Lanes<V>(V);

// A token has no data: `self` is required as proof, and not read.
#[allow(clippy::unused_self)]
impl<V: Vector> Token<V> {
    /// # Safety
    /// The machine has the instruction set of `V`.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(PhantomData)
    }

    /// A vector of equal values.
    #[inline(always)]
    pub(crate) fn splat(self, value: f32) -> Lanes<V> {
        // SAFETY: the token is proof of the instruction set.
        Lanes(unsafe { V::splat(value) })
    }

    /// Loads the first `valid` values; the others are zeros.
    ///
    /// # Safety
    /// `from` has `valid` values, and `valid` is at most `V::LANES`.
    #[inline(always)]
    pub(crate) unsafe fn load(self, from: *const f32, valid: usize) -> Lanes<V> {
        // SAFETY: the token is proof of the instruction set; the caller guarantees the values.
        unsafe {
            if valid == V::LANES {
                return Lanes(V::load(from));
            }
            let mut whole = [0.0; MAX_LANES];
            std::ptr::copy_nonoverlapping(from, whole.as_mut_ptr(), valid);
            Lanes(V::load(whole.as_ptr()))
        }
    }
}

// SAFETY (of each unsafe block): `Lanes` are only created from a token, so the machine has the instruction set.
impl<V: Vector> Lanes<V> {
    /// Stores the first `valid` values.
    ///
    /// # Safety
    /// `to` has room for `valid` values, and `valid` is at most `V::LANES`.
    #[inline(always)]
    pub(crate) unsafe fn store(self, to: *mut f32, valid: usize) {
        unsafe {
            if valid == V::LANES {
                return self.0.store(to);
            }
            let mut whole = [0.0; MAX_LANES];
            self.0.store(whole.as_mut_ptr());
            std::ptr::copy_nonoverlapping(whole.as_ptr(), to, valid);
        }
    }

    /// `self * by + plus`, fused where the instruction set has a fused multiply-add.
    #[inline(always)]
    pub(crate) fn mul_add(self, by: Self, plus: Self) -> Self {
        Self(unsafe { self.0.mul_add(by.0, plus.0) })
    }

    /// The value within the limits; a NaN stays NaN.
    #[inline(always)]
    pub(crate) fn limit(self, low: Self, high: Self) -> Self {
        // Maximum and minimum return their second operand where either is NaN.
        Self(unsafe { high.0.min(low.0.max(self.0)) })
    }

    #[inline(always)]
    pub(crate) fn sqrt(self) -> Self {
        Self(unsafe { self.0.sqrt() })
    }

    /// `yes` where `self` is above zero, `no` elsewhere and for NaN.
    #[inline(always)]
    pub(crate) fn select_positive(self, yes: Self, no: Self) -> Self {
        Self(unsafe { self.0.select_positive(yes.0, no.0) })
    }

    #[inline(always)]
    pub(crate) fn activate(self, activation: Activation) -> Self {
        Self(unsafe { activate(self.0, activation) })
    }
}

impl<V: Vector> Add for Lanes<V> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: as above, also below.
        Self(unsafe { self.0.add(other.0) })
    }
}

impl<V: Vector> Sub for Lanes<V> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(unsafe { self.0.sub(other.0) })
    }
}

impl<V: Vector> Mul for Lanes<V> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(unsafe { self.0.mul(other.0) })
    }
}

impl<V: Vector> Div for Lanes<V> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(unsafe { self.0.div(other.0) })
    }
}
