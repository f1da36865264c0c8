//! Registers in safe code: who holds one has the instruction set, for only who has it can make one.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Sub};

use super::{Vector, activate};
use crate::Activation;

/// The most values that any vector holds.
const MOST: usize = 16;

/// Proof that the instruction set of `V` is present.
#[derive(Clone, Copy)]
pub(crate) struct Token<V>(PhantomData<V>);

/// A vector whose instruction set is present.
#[derive(Clone, Copy)]
pub(crate) struct Lanes<V>(V);

// A token says what it says by being there.
#[allow(clippy::unused_self)]
impl<V: Vector> Token<V> {
    /// # Safety
    /// The machine has the instruction set of `V`.
    #[inline(always)]
    pub(super) unsafe fn new() -> Self {
        Self(PhantomData)
    }

    /// The same value everywhere.
    #[inline(always)]
    pub(crate) fn splat(self, value: f32) -> Lanes<V> {
        // SAFETY: the token is proof of the instruction set.
        Lanes(unsafe { V::splat(value) })
    }

    /// The first `valid` values, and zeros.
    ///
    /// # Safety
    /// `from` has `valid` values, and `valid` is at most `V::LANES`.
    #[inline(always)]
    pub(super) unsafe fn load(self, from: *const f32, valid: usize) -> Lanes<V> {
        // SAFETY: the token is proof of the instruction set; the caller vouches for the values.
        unsafe {
            if valid == V::LANES {
                return Lanes(V::load(from));
            }
            let mut whole = [0.0; MOST];
            std::ptr::copy_nonoverlapping(from, whole.as_mut_ptr(), valid);
            Lanes(V::load(whole.as_ptr()))
        }
    }
}

// SAFETY (of each unsafe block): a vector in `Lanes` was made by a token, so its instruction set is present.
impl<V: Vector> Lanes<V> {
    /// Stores the first `valid` values.
    ///
    /// # Safety
    /// `to` has room for `valid` values, and `valid` is at most `V::LANES`.
    #[inline(always)]
    pub(super) unsafe fn store(self, to: *mut f32, valid: usize) {
        unsafe {
            if valid == V::LANES {
                return self.0.store(to);
            }
            let mut whole = [0.0; MOST];
            self.0.store(whole.as_mut_ptr());
            std::ptr::copy_nonoverlapping(whole.as_ptr(), to, valid);
        }
    }

    /// `self * by + plus`, fused where the hardware can.
    #[inline(always)]
    pub(crate) fn mul_add(self, by: Self, plus: Self) -> Self {
        Self(unsafe { self.0.mul_add(by.0, plus.0) })
    }

    #[inline(always)]
    pub(crate) fn sqrt(self) -> Self {
        Self(unsafe { self.0.sqrt() })
    }

    /// `yes` where `self` is above zero, `no` elsewhere, NaN included.
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
