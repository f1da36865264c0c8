//! Helpers that the unit tests of several files share.

use proptest::prelude::*;

use crate::activation::Activation;
use crate::error::Error;

/// The value around a slice that a function writes to.
const CANARY: u32 = 0x7FC1_2345;
/// Number of these values on each side: more than the widest vector holds, and odd, so that the slice is not aligned.
const MARGIN: usize = 37;

/// Runs `work` on a copy of `values` inside a larger buffer, and fails if it writes outside the copy.
#[track_caller]
pub(crate) fn run_guarded<R>(values: &[f32], work: impl FnOnce(&mut [f32]) -> R) -> (Vec<f32>, R) {
    let canary = [f32::from_bits(CANARY); MARGIN];
    let mut buffer = [&canary, values, &canary].concat();
    let inside = MARGIN..MARGIN + values.len();
    let result = work(&mut buffer[inside.clone()]);
    for (at, value) in buffer.iter().enumerate() {
        let fine = inside.contains(&at) || value.to_bits() == CANARY;
        assert!(
            fine,
            "{value} was written at index {} of {} values",
            at as isize - MARGIN as isize,
            values.len()
        );
    }
    (buffer[inside].to_vec(), result)
}

/// The bits of values, for exact comparisons. All NaNs count as equal: which one arithmetic returns is unspecified.
pub(crate) fn to_comparable_bits(values: &[f32]) -> Vec<u32> {
    values
        .iter()
        .map(|value| {
            if value.is_nan() {
                CANARY
            } else {
                value.to_bits()
            }
        })
        .collect()
}

/// Deterministic noise between -1 and 1.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
        })
        .collect()
}

/// The same values in double precision.
pub(crate) fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// A strategy for every kind of activation.
pub(crate) fn any_activation() -> impl Strategy<Value = Activation> {
    prop_oneof![
        Just(Activation::Identity),
        Just(Activation::Relu),
        Just(Activation::Relu6),
        (0.0..2.0_f32).prop_map(Activation::LeakyRelu),
        Just(Activation::Sigmoid),
        Just(Activation::Tanh),
    ]
}

/// An activation by its definition.
pub(crate) fn activation_value(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::LeakyRelu(slope) => x.max(0.0) + f64::from(slope) * x.min(0.0),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Tanh => x.tanh(),
    }
}

/// The derivative of an activation.
pub(crate) fn activation_derivative(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => 1.0,
        Activation::Relu => f64::from(u8::from(x > 0.0)),
        Activation::Relu6 => f64::from(u8::from(x > 0.0 && x < 6.0)),
        Activation::LeakyRelu(slope) => {
            if x > 0.0 {
                1.0
            } else {
                f64::from(slope)
            }
        }
        Activation::Sigmoid => 1.0 / ((1.0 + (-x).exp()) * (1.0 + x.exp())),
        Activation::Tanh => 1.0 / x.cosh().powi(2),
    }
}

#[track_caller]
pub(crate) fn assert_length_error<T: std::fmt::Debug>(result: Result<T, Error>, argument: &str) {
    match result {
        Err(Error::Length { what, .. }) => assert_eq!(what, argument),
        other => panic!("{other:?} where {argument} has a wrong length"),
    }
}

#[track_caller]
pub(crate) fn assert_parameter_error<T: std::fmt::Debug>(
    result: Result<T, Error>,
    parameter: &str,
) {
    match result {
        Err(Error::Parameter { what, .. }) => assert_eq!(what, parameter),
        other => panic!("{other:?} where {parameter} is wrong"),
    }
}
