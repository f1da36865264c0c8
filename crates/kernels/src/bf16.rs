//! Weights in 16 bits.
//!
//! A bfloat16 is the upper half of an `f32`:
//!
//! ```text
//! f32    sign | 8 bits of exponent | 23 bits of mantissa
//! bf16   sign | 8 bits of exponent |  7 bits of mantissa
//! ```
//!
//! It has the range of an `f32`, and rounding to it changes a value by at most 1/256. Weights are kept in it and widened to
//! `f32` where they are multiplied, so that every kernel serves both.
#![allow(unsafe_code)]

use crate::simd::Simd;

/// The nearest bfloat16; of two that are equally near, the one with an even mantissa.
pub(crate) fn round_to_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        // Rounding up could carry into the exponent and the sign; cutting could leave an infinity. The bit that is set keeps it a NaN.
        return (bits >> 16) as u16 | 0x40;
    }
    // Half of the last place, less one bit where the mantissa is even: ties are cut there and rounded up elsewhere.
    let half = 0x7fff + (bits >> 16 & 1);
    ((bits + half) >> 16) as u16
}

/// The same value as an `f32`, exactly.
#[inline(always)]
pub(crate) fn widen_value(value: u16) -> f32 {
    f32::from_bits(u32::from(value) << 16)
}

/// Widens as many values as both slices have.
pub(crate) fn widen_slice(from: &[u16], to: &mut [f32], simd: Simd) {
    #[inline(always)]
    fn widen_all(from: &[u16], to: &mut [f32]) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = widen_value(*from);
        }
    }
    // Inlined into a function with a target feature, the loop is compiled to the vectors of that feature.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq")]
    unsafe fn widen_avx512(from: &[u16], to: &mut [f32]) {
        widen_all(from, to);
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn widen_avx2(from: &[u16], to: &mut [f32]) {
        widen_all(from, to);
    }
    match simd {
        // SAFETY: the machine has the instruction set of `simd`.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 => unsafe { widen_avx512(from, to) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2 => unsafe { widen_avx2(from, to) },
        _ => widen_all(from, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_go_to_the_even_mantissa() {
        // One step above 1 is 1 + 1/128.
        let rounded = |value: f32| widen_value(round_to_bf16(value));
        assert_eq!(rounded(1.0 + 1.0 / 256.0), 1.0);
        assert_eq!(rounded(1.0 + 3.0 / 256.0), 1.0 + 4.0 / 256.0);
        assert_eq!(rounded(-1.0 - 1.01 / 256.0), -1.0 - 2.0 / 256.0);
        assert_eq!(rounded(f32::MAX), f32::INFINITY);
        assert_eq!(rounded(f32::NEG_INFINITY), f32::NEG_INFINITY);
        assert!(rounded(f32::NAN).is_nan());
        assert!(rounded(f32::from_bits(0x7f80_0001)).is_nan());
        assert!(rounded(f32::from_bits(0xffff_ffff)).is_nan());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 256 }, ..ProptestConfig::default() })]

        #[test]
        fn no_other_bf16_is_nearer(bits in any::<u32>()) {
            let value = f32::from_bits(bits);
            prop_assume!(value.is_finite() && value.abs() < 3e38);
            let nearest = round_to_bf16(value);
            let distance = |one: u16| (f64::from(widen_value(one)) - f64::from(value)).abs();
            // Neighbours in value are neighbours in bits. Beside zero they are not; zero itself is nearer than those.
            for other in [nearest.wrapping_sub(1), nearest.wrapping_add(1)] {
                let other_distance = distance(other);
                prop_assert!(other_distance.is_nan() || distance(nearest) <= other_distance);
            }
        }

        #[test]
        fn every_instruction_set_widens_alike(values in prop::collection::vec(any::<u16>(), 0..100)) {
            for simd in Simd::available() {
                let mut wide = vec![0.0; values.len()];
                widen_slice(&values, &mut wide, *simd);
                let bits = wide.iter().map(|value| value.to_bits());
                prop_assert!(bits.eq(values.iter().map(|value| u32::from(*value) << 16)));
            }
        }
    }
}
