use proptest::prelude::*;

use crate::each::PART;
use crate::layer_tests::noise;
use crate::testing::{
    activate, activations, assert_length_error, assert_parameter_error, bits, derivative, guarded, wide,
};
use crate::{Activation, Simd};

const ALL: [Activation; 5] = [
    Activation::Identity,
    Activation::Relu,
    Activation::LeakyRelu(0.2),
    Activation::Sigmoid,
    Activation::Tanh,
];

/// From -30 to 30, beyond, and ever closer to zero.
fn everywhere() -> Vec<f32> {
    let steps = if cfg!(miri) { 20 } else { 200_000 };
    let even = (0..=steps).map(|i| (f64::from(i) / f64::from(steps) * 60.0 - 30.0) as f32);
    let small = (0..120).flat_map(|i| [1.37, -1.71].map(|x: f32| x * 0.5_f32.powi(i)));
    let large = (5..120).flat_map(|i| [1.37, -1.71].map(|x: f32| x * 2.0_f32.powi(i)));
    even.chain(small).chain(large).collect()
}

#[test]
fn sigmoid_and_tanh_are_as_close_as_they_say() {
    let x = everywhere();
    for &simd in Simd::available() {
        let (mut sigmoid, mut tanh) = (x.clone(), x.clone());
        Activation::Sigmoid.apply_by(simd, &mut sigmoid);
        Activation::Tanh.apply_by(simd, &mut tanh);
        for (at, &x) in x.iter().enumerate() {
            let x = f64::from(x);
            let apart = (f64::from(sigmoid[at]) - activate(Activation::Sigmoid, x)).abs();
            assert!(apart <= 1.2e-7, "sigmoid({x}) is {} by {simd:?}", sigmoid[at]);
            let apart = (f64::from(tanh[at]) - x.tanh()).abs();
            assert!(apart <= 2e-7, "tanh({x}) is {} by {simd:?}", tanh[at]);
            assert!(apart <= 3e-7 * x.tanh().abs(), "tanh({x}) is {} by {simd:?}", tanh[at]);
        }
    }
}

#[test]
fn what_is_not_finite_stays_what_it_is() {
    for &simd in Simd::available() {
        for activation in ALL {
            // In a whole vector and in what is left of one.
            for len in [16, 3] {
                let mut values = vec![f32::NAN; len];
                activation.apply_by(simd, &mut values);
                assert!(values.iter().all(|v| v.is_nan()), "{activation:?} by {simd:?}: {values:?}");
                for x in [f32::INFINITY, f32::NEG_INFINITY] {
                    let mut values = vec![x; len];
                    activation.apply_by(simd, &mut values);
                    let expected = activate(activation, f64::from(x)) as f32;
                    let near = |v: &f32| *v == expected || (v - expected).abs() < 2e-38;
                    assert!(values.iter().all(near), "{activation:?}({x}) by {simd:?}: {values:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 200 }, ..ProptestConfig::default() })]

    #[test]
    fn any_length_agrees_with_the_definition(
        activation in activations(), len in 0..100_usize, reach in 0.1..20.0_f32, seed in any::<u32>(),
    ) {
        let x: Vec<f32> = noise(len, u64::from(seed)).iter().map(|x| x * reach).collect();
        let dy = noise(len, u64::from(seed) + 1);
        for &simd in Simd::available() {
            let (y, ()) = guarded(&x, |y| activation.apply_by(simd, y));
            let (dx, done) = guarded(&dy, |dx| activation.gradient_by(simd, &y, dx));
            done.unwrap();
            let (dx_beside, done) = guarded(&y, |dx| activation.gradient_into_by(simd, &y, &dy, dx));
            done.unwrap();
            prop_assert_eq!(bits(&dx), bits(&dx_beside));
            for (at, x) in wide(&x).into_iter().enumerate() {
                let expected = activate(activation, x);
                prop_assert!((f64::from(y[at]) - expected).abs() <= 2e-7 * expected.abs().max(1.0));
                let expected = f64::from(dy[at]) * derivative(activation, x);
                prop_assert!((f64::from(dx[at]) - expected).abs() <= 4e-7 * expected.abs().max(1.0));
            }
        }
    }
}

#[test]
fn the_derivatives_are_the_slopes() {
    for activation in ALL {
        for x in wide(&noise(100, 3)) {
            let x = 4.0 * x;
            let slope = (activate(activation, x + 1e-5) - activate(activation, x - 1e-5)) / 2e-5;
            assert!((slope - derivative(activation, x)).abs() < 1e-8, "{activation:?} at {x}");
        }
    }
}

/// Zero belongs to the negative side.
#[test]
fn at_zero_the_rectified_kinds_have_the_slope_of_the_negative_side() {
    for (activation, expected) in [(Activation::Relu, 0.0), (Activation::LeakyRelu(0.25), 0.5)] {
        for zero in [0.0, -0.0] {
            let mut dy = [2.0; 17];
            activation.gradient(&[zero; 17], &mut dy).unwrap();
            assert_eq!(dy, [expected; 17]);
        }
    }
}

/// More than one thread takes part; each value depends on its own place alone.
#[test]
fn parts_meet_without_a_seam() {
    let len = 3 * PART + 5;
    let (x, dy) = (noise(len, 1), noise(len, 2));
    for &activation in if cfg!(miri) { &ALL[1..3] } else { &ALL[..] } {
        let (mut y, mut dx) = (x.clone(), dy.clone());
        activation.apply(&mut y);
        activation.gradient(&y, &mut dx).unwrap();
        let (mut small_y, mut small_dx) = (x.clone(), dy.clone());
        for (y, dx) in small_y.chunks_mut(PART - 16).zip(small_dx.chunks_mut(PART - 16)) {
            activation.apply(y);
            activation.gradient(y, dx).unwrap();
        }
        assert_eq!(bits(&y), bits(&small_y), "{activation:?}");
        assert_eq!(bits(&dx), bits(&small_dx), "{activation:?}");
        let mut dx_beside = vec![f32::NAN; len];
        activation.gradient_into(&y, &dy, &mut dx_beside).unwrap();
        assert_eq!(bits(&dx), bits(&dx_beside), "{activation:?}");
    }
}

#[test]
fn wrong_lengths_and_slopes_are_refused() {
    let (y, mut dy) = (vec![0.5; 5], vec![1.0; 6]);
    assert_length_error(Activation::Relu.gradient(&y, &mut dy), "the output");
    assert_length_error(Activation::Relu.gradient_into(&y, &[1.0; 4], &mut dy), "the output");
    assert_length_error(Activation::Relu.gradient_into(&y, &[1.0; 5], &mut dy), "the input's gradient");
    assert_eq!(dy, [1.0; 6]);
    for slope in [-0.1, f32::NAN, f32::INFINITY] {
        let leaky = Activation::LeakyRelu(slope);
        assert_parameter_error(leaky.gradient(&y, &mut dy[..5]), "the slope of a leaky ReLU");
        assert_parameter_error(leaky.gradient_into(&y, &y, &mut dy[..5]), "the slope of a leaky ReLU");
    }
}
