//! Exponential functions over vectors, from a polynomial for 2^f and the bits of a float for 2^n.
#![allow(unsafe_code)]

use super::vector::Vector;
use crate::activation::Activation;

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

/// `2^n` and `2^f - 1` of the whole part n and the fraction f of `x`, which must lie in -126 to 126.
#[inline(always)]
unsafe fn exp2_parts<V: Vector>(x: V) -> (V, V) {
    // SAFETY: the caller has the instruction set.
    unsafe {
        let whole = x.round();
        let fraction = x.sub(whole);
        // Horner's scheme.
        let mut sum = V::splat(EXP2[6]);
        for at in (0..6).rev() {
            sum = sum.mul_add(fraction, V::splat(EXP2[at]));
        }
        (whole.power_of_two(), sum.mul(fraction))
    }
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
unsafe fn sigmoid<V: Vector>(x: V) -> V {
    // SAFETY: the caller has the instruction set.
    unsafe {
        // Beyond 87 the result is 1 or below 2e-38. As second operand of min and max a NaN is kept.
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

/// Applies an activation to a vector.
///
/// # Safety
/// The machine has the instruction set of `V`.
#[inline(always)]
pub(crate) unsafe fn activate<V: Vector>(x: V, activation: Activation) -> V {
    // SAFETY: the caller has the instruction set.
    unsafe {
        match activation {
            Activation::Identity => x,
            // The maximum returns its second operand where either is NaN, so NaN stays NaN.
            Activation::Relu => V::splat(0.0).max(x),
            // The minimum keeps a NaN in the same way.
            Activation::Relu6 => V::splat(6.0).min(V::splat(0.0).max(x)),
            Activation::LeakyRelu(slope) => x.select_positive(x, x.mul(V::splat(slope))),
            Activation::Sigmoid => sigmoid(x),
            Activation::Tanh => tanh(x),
        }
    }
}
