//! What the tests of several files share.

use proptest::prelude::*;

use crate::{Activation, Error};

/// Written around what a function may write to.
const CANARY: u32 = 0x7FC1_2345;
/// How much of it: more than the widest vector, and odd, so that nothing lies on the border of one.
const MARGIN: usize = 37;

/// Runs `work` on a copy of `values` inside a larger buffer, and fails where it writes beside them.
#[track_caller]
pub(crate) fn guarded<R>(values: &[f32], work: impl FnOnce(&mut [f32]) -> R) -> (Vec<f32>, R) {
    let canary = [f32::from_bits(CANARY); MARGIN];
    let mut buffer = [&canary, values, &canary].concat();
    let inside = MARGIN..MARGIN + values.len();
    let result = work(&mut buffer[inside.clone()]);
    for (at, value) in buffer.iter().enumerate() {
        let fine = inside.contains(&at) || value.to_bits() == CANARY;
        assert!(fine, "{value} was written at {} of {} values", at as isize - MARGIN as isize, values.len());
    }
    (buffer[inside].to_vec(), result)
}

/// What tells values apart to the last bit. Which NaN arithmetic makes is nowhere said, so all are one.
pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| if value.is_nan() { CANARY } else { value.to_bits() }).collect()
}

pub(crate) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

pub(crate) fn activations() -> impl Strategy<Value = Activation> {
    prop_oneof![
        Just(Activation::Identity),
        Just(Activation::Relu),
        (0.0..2.0_f32).prop_map(Activation::LeakyRelu),
        Just(Activation::Sigmoid),
        Just(Activation::Tanh),
    ]
}

/// An activation as it is defined.
pub(crate) fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu(slope) => x.max(0.0) + f64::from(slope) * x.min(0.0),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Tanh => x.tanh(),
    }
}

/// Its derivative.
pub(crate) fn derivative(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => 1.0,
        Activation::Relu => f64::from(u8::from(x > 0.0)),
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
pub(crate) fn assert_parameter_error<T: std::fmt::Debug>(result: Result<T, Error>, parameter: &str) {
    match result {
        Err(Error::Parameter { what, .. }) => assert_eq!(what, parameter),
        other => panic!("{other:?} where {parameter} is wrong"),
    }
}
