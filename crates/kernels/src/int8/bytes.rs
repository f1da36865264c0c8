//! Floats to bytes and sums to floats. The loops are plain Rust, compiled once for each instruction set. Products are
//! rounded before they are added, since not every machine can do both at once: the results are the same on all.
#![allow(unsafe_code)]

use super::range::ByteRange;
use crate::simd::Simd;

/// Calls a function compiled for an instruction set.
macro_rules! for_instruction_set {
    ($(#[$doc:meta])* $name:ident as $body:ident($($argument:ident: $type:ty),*)) => {
        $(#[$doc])*
        pub(super) fn $name(simd: Simd, $($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn avx512($($argument: $type),*) {
                $body($($argument),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) {
                $body($($argument),*);
            }
            match simd {
                // SAFETY: the machine has the instruction set.
                #[cfg(target_arch = "x86_64")]
                Simd::Avx512 if has_avx512() => unsafe { avx512($($argument),*) },
                // SAFETY: as above; a machine with AVX-512 has AVX2.
                #[cfg(target_arch = "x86_64")]
                Simd::Avx2 | Simd::Avx512 if Simd::available().contains(&Simd::Avx2) => unsafe {
                    avx2($($argument),*)
                },
                _ => $body($($argument),*),
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    Simd::available().contains(&Simd::Avx512)
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
}

for_instruction_set!(
    /// Writes values as bytes, the nearest one of the range.
    write_bytes as write_bytes_plain(values: &[f32], range: ByteRange, bytes: &mut [u8])
);

for_instruction_set!(
    /// Writes rows of sums as floats: `sum * factor + bias` of each channel.
    write_floats as write_floats_plain(sums: &[i32], factors: &[f32], bias: &[f32], floats: &mut [f32])
);

#[inline(always)]
#[allow(clippy::manual_clamp)] // `clamp` keeps NaN
fn write_bytes_plain(values: &[f32], range: ByteRange, bytes: &mut [u8]) {
    let (inverse, zero) = (range.scale().recip(), f32::from(range.zero()));
    for (byte, value) in bytes.iter_mut().zip(values) {
        // The order of the limits turns NaN into a number, as the conversion needs.
        let place = (value * inverse + zero).max(0.0).min(255.0);
        // SAFETY: the value lies between 0 and 255.
        *byte = unsafe { place.round_ties_even().to_int_unchecked::<i32>() } as u8;
    }
}

#[inline(always)]
fn write_floats_plain(sums: &[i32], factors: &[f32], bias: &[f32], floats: &mut [f32]) {
    let width = factors.len();
    let rows = floats.chunks_exact_mut(width).zip(sums.chunks_exact(width));
    for (floats, sums) in rows {
        let channels = factors.iter().zip(bias);
        for ((float, sum), (factor, bias)) in floats.iter_mut().zip(sums).zip(channels) {
            *float = *sum as f32 * factor + bias;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_the_nearest_byte_on_every_instruction_set() {
        let mut values: Vec<f32> = (-300..300).map(|at| at as f32 * 0.49).collect();
        values.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.5, 1.5, -0.5]);
        for &simd in Simd::available() {
            let mut bytes = vec![7; values.len()];
            write_bytes(
                simd,
                &values,
                ByteRange::new(-55.0, 200.0).unwrap(),
                &mut bytes,
            );
            for (value, byte) in values
                .iter()
                .zip(&bytes)
                .filter(|(value, _)| !value.is_nan())
            {
                let expected = (f64::from(*value) + 55.0)
                    .clamp(0.0, 255.0)
                    .round_ties_even();
                assert_eq!(f64::from(*byte), expected, "{value} with {simd:?}");
            }
            let mut two = [0; 2];
            write_bytes(
                simd,
                &[3.0, -3.0],
                ByteRange::new(0.0, 510.0).unwrap(),
                &mut two,
            );
            assert_eq!(two, [2, 0]);
        }
    }

    #[test]
    fn sums_are_scaled_and_shifted_on_every_instruction_set() {
        for &simd in Simd::available() {
            // Two rows of 19 channels.
            let mut floats = [0.0; 38];
            let sums: Vec<i32> = (0..38).map(|at| at * 1000 - 7000).collect();
            let factors: Vec<f32> = (0..19).map(|at| at as f32 * 0.25).collect();
            write_floats(simd, &sums, &factors, &[1.0; 19], &mut floats);
            for (at, (float, sum)) in floats.iter().zip(&sums).enumerate() {
                assert_eq!(*float, *sum as f32 * factors[at % 19] + 1.0, "{simd:?}");
            }
        }
    }
}
