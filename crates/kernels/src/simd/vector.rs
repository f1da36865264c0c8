#![allow(unsafe_code)]

use crate::Activation;

/// A vector register of `f32`.
///
/// # Safety
/// The methods of an implementation may run only where its instruction set is present; `load` and `store` need
/// `LANES` values at their pointer, in any alignment.
pub(crate) trait Vector: Copy {
    const LANES: usize;
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// `self * by + plus`, fused where the hardware can.
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// The larger of the two; `other` where either is NaN.
    unsafe fn max(self, other: Self) -> Self;
    /// The smaller of the two; `other` where either is NaN.
    unsafe fn min(self, other: Self) -> Self;
    /// The square root.
    unsafe fn sqrt(self) -> Self;
    /// `yes` where `self` is above zero, `no` elsewhere, NaN included.
    unsafe fn select_positive(self, yes: Self, no: Self) -> Self;
    /// `2^self` for whole numbers between -126 and 127.
    unsafe fn power_of_two(self) -> Self;
    /// The nearest whole number, for values below 2^22.
    #[inline(always)]
    unsafe fn round(self) -> Self {
        // Adding 1.5 * 2^23 leaves no room for a fraction.
        // SAFETY: as for the trait.
        unsafe {
            let large = Self::splat(12_582_912.0);
            self.add(large).sub(large)
        }
    }
}

/// Coefficients of 2^f - 1 = f * (C0 + C1 f + ...) on [-1/2, 1/2]: the Taylor series of exp(f ln 2), whose eighth term
/// is below half a unit in the last place there.
const EXP2: [f32; 7] = [
    std::f32::consts::LN_2,
    0.240_226_5,
    0.055_504_11,
    0.009_618_129,
    0.001_333_355_8,
    0.000_154_035_3,
    0.000_015_252_734,
];

/// `2^n` and `2^f - 1` of the whole and the broken part of `x`, which is in -126 to 126.
#[inline(always)]
unsafe fn exp2_parts<V: Vector>(x: V) -> (V, V) {
    // SAFETY: the caller has the instruction set.
    unsafe {
        let whole = x.round();
        let part = x.sub(whole);
        let mut sum = V::splat(EXP2[6]);
        for at in (0..6).rev() {
            sum = sum.mul_add(part, V::splat(EXP2[at]));
        }
        (whole.power_of_two(), sum.mul(part))
    }
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
unsafe fn sigmoid<V: Vector>(x: V) -> V {
    // SAFETY: the caller has the instruction set.
    unsafe {
        // Beyond 87 the result is 1, or below 2e-38, either way; min and max keep a NaN when it comes second.
        let bounded = V::splat(87.0).min(V::splat(-87.0).max(x));
        let (scale, part) = exp2_parts(bounded.mul(V::splat(-std::f32::consts::LOG2_E)));
        let one = V::splat(1.0);
        one.div(part.mul_add(scale, scale).add(one))
    }
}

/// The hyperbolic tangent.
#[inline(always)]
unsafe fn tanh<V: Vector>(x: V) -> V {
    // SAFETY: the caller has the instruction set.
    unsafe {
        let bounded = V::splat(20.0).min(V::splat(-20.0).max(x));
        let (scale, part) = exp2_parts(bounded.mul(V::splat(2.0 * std::f32::consts::LOG2_E)));
        // tanh = (e - 1) / (e + 1) with e = exp(2x); e - 1 is formed without cancellation near zero.
        let less = part.mul_add(scale, scale.sub(V::splat(1.0)));
        less.div(less.add(V::splat(2.0)))
    }
}

/// Applies an activation to a register.
#[inline(always)]
pub(crate) unsafe fn activate<V: Vector>(x: V, activation: Activation) -> V {
    // SAFETY: the caller has the instruction set.
    unsafe {
        match activation {
            Activation::Identity => x,
            Activation::Relu => V::splat(0.0).max(x),
            Activation::LeakyRelu(slope) => x.select_positive(x, x.mul(V::splat(slope))),
            Activation::Sigmoid => sigmoid(x),
            Activation::Tanh => tanh(x),
        }
    }
}
