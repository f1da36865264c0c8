use proptest::prelude::*;

use crate::partition::PART_LEN;
use crate::testing::{
    activation_derivative, activation_value, any_activation, assert_length_error,
    assert_parameter_error, noise, run_guarded, to_comparable_bits, to_f64,
};
use crate::{Activation, Simd};

const ALL: [Activation; 6] = [
    Activation::Identity,
    Activation::Relu,
    Activation::Relu6,
    Activation::LeakyRelu(0.2),
    Activation::Sigmoid,
    Activation::Tanh,
];

/// Values from -30 to 30, larger ones, and values ever closer to zero.
fn sample_inputs() -> Vec<f32> {
    let steps = if cfg!(miri) { 20 } else { 200_000 };
    let even = (0..=steps).map(|i| (f64::from(i) / f64::from(steps) * 60.0 - 30.0) as f32);
    let small = (0..120).flat_map(|i| [1.37, -1.71].map(|x: f32| x * 0.5_f32.powi(i)));
    let large = (5..120).flat_map(|i| [1.37, -1.71].map(|x: f32| x * 2.0_f32.powi(i)));
    even.chain(small).chain(large).collect()
}

#[test]
fn sigmoid_and_tanh_keep_their_documented_error_bounds() {
    let x = sample_inputs();
    for &simd in Simd::available() {
        let (mut sigmoid, mut tanh) = (x.clone(), x.clone());
        Activation::Sigmoid.apply_with_simd(simd, &mut sigmoid);
        Activation::Tanh.apply_with_simd(simd, &mut tanh);
        for (at, &x) in x.iter().enumerate() {
            let x = f64::from(x);
            let error = (f64::from(sigmoid[at]) - activation_value(Activation::Sigmoid, x)).abs();
            assert!(
                error <= 1.2e-7,
                "sigmoid({x}) is {} with {simd:?}",
                sigmoid[at]
            );
            let error = (f64::from(tanh[at]) - x.tanh()).abs();
            assert!(error <= 2e-7, "tanh({x}) is {} with {simd:?}", tanh[at]);
            assert!(
                error <= 3e-7 * x.tanh().abs(),
                "tanh({x}) is {} with {simd:?}",
                tanh[at]
            );
        }
    }
}

#[test]
fn nan_stays_nan_and_infinities_give_the_limits() {
    for &simd in Simd::available() {
        for activation in ALL {
            // In a whole vector and in an incomplete one.
            for len in [16, 3] {
                let mut values = vec![f32::NAN; len];
                activation.apply_with_simd(simd, &mut values);
                assert!(
                    values.iter().all(|v| v.is_nan()),
                    "{activation:?} with {simd:?}: {values:?}"
                );
                for x in [f32::INFINITY, f32::NEG_INFINITY] {
                    let mut values = vec![x; len];
                    activation.apply_with_simd(simd, &mut values);
                    let expected = activation_value(activation, f64::from(x)) as f32;
                    assert!(
                        values
                            .iter()
                            .all(|v| *v == expected || (v - expected).abs() < 2e-38),
                        "{activation:?}({x}) with {simd:?}: {values:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 200 }, ..ProptestConfig::default() })]

    #[test]
    fn any_length_agrees_with_the_definition(
        activation in any_activation(), len in 0..100_usize, reach in 0.1..20.0_f32, seed in any::<u32>(),
    ) {
        let x: Vec<f32> = noise(len, u64::from(seed)).iter().map(|x| x * reach).collect();
        let dy = noise(len, u64::from(seed) + 1);
        for &simd in Simd::available() {
            let (y, ()) = run_guarded(&x, |y| activation.apply_with_simd(simd, y));
            let (dx, done) = run_guarded(&dy, |dx| activation.gradient_with_simd(simd, &y, dx));
            done.unwrap();
            let (dx_into, done) = run_guarded(&y, |dx| activation.gradient_into_with_simd(simd, &y, &dy, dx));
            done.unwrap();
            prop_assert_eq!(to_comparable_bits(&dx), to_comparable_bits(&dx_into));
            for (at, x) in to_f64(&x).into_iter().enumerate() {
                let expected = activation_value(activation, x);
                prop_assert!((f64::from(y[at]) - expected).abs() <= 2e-7 * expected.abs().max(1.0));
                let expected = f64::from(dy[at]) * activation_derivative(activation, x);
                prop_assert!((f64::from(dx[at]) - expected).abs() <= 4e-7 * expected.abs().max(1.0));
            }
        }
    }
}

#[test]
fn the_derivatives_agree_with_finite_differences() {
    for activation in ALL {
        for x in to_f64(&noise(100, 3)) {
            let x = 8.0 * x;
            let slope = (activation_value(activation, x + 1e-5)
                - activation_value(activation, x - 1e-5))
                / 2e-5;
            assert!(
                (slope - activation_derivative(activation, x)).abs() < 1e-8,
                "{activation:?} at {x}"
            );
        }
    }
}

#[test]
fn at_zero_the_rectifiers_have_the_slope_of_the_negative_side() {
    for (activation, expected) in [
        (Activation::Relu, 0.0),
        (Activation::Relu6, 0.0),
        (Activation::LeakyRelu(0.25), 0.5),
    ] {
        for zero in [0.0, -0.0] {
            let mut dy = [2.0; 17];
            activation.gradient(&[zero; 17], &mut dy).unwrap();
            assert_eq!(dy, [expected; 17]);
        }
    }
}

/// Several threads take part, and each value depends on its own index alone.
#[test]
fn the_parts_of_a_long_slice_fit_together() {
    let len = 3 * PART_LEN + 5;
    let (x, dy) = (noise(len, 1), noise(len, 2));
    for &activation in if cfg!(miri) { &ALL[1..3] } else { &ALL[..] } {
        let (mut y, mut dx) = (x.clone(), dy.clone());
        activation.apply(&mut y);
        activation.gradient(&y, &mut dx).unwrap();
        let (mut small_y, mut small_dx) = (x.clone(), dy.clone());
        for (y, dx) in small_y
            .chunks_mut(PART_LEN - 16)
            .zip(small_dx.chunks_mut(PART_LEN - 16))
        {
            activation.apply(y);
            activation.gradient(y, dx).unwrap();
        }
        assert_eq!(
            to_comparable_bits(&y),
            to_comparable_bits(&small_y),
            "{activation:?}"
        );
        assert_eq!(
            to_comparable_bits(&dx),
            to_comparable_bits(&small_dx),
            "{activation:?}"
        );
        let mut dx_into = vec![f32::NAN; len];
        activation.gradient_into(&y, &dy, &mut dx_into).unwrap();
        assert_eq!(
            to_comparable_bits(&dx),
            to_comparable_bits(&dx_into),
            "{activation:?}"
        );
    }
}

#[test]
fn wrong_lengths_and_slopes_are_refused() {
    let (y, mut dy) = (vec![0.5; 5], vec![1.0; 6]);
    assert_length_error(Activation::Relu.gradient(&y, &mut dy), "the output");
    assert_length_error(
        Activation::Relu.gradient_into(&y, &[1.0; 4], &mut dy),
        "the output",
    );
    assert_length_error(
        Activation::Relu.gradient_into(&y, &[1.0; 5], &mut dy),
        "the input's gradient",
    );
    assert_eq!(dy, [1.0; 6]);
    for slope in [-0.1, f32::NAN, f32::INFINITY] {
        let leaky = Activation::LeakyRelu(slope);
        assert_parameter_error(
            leaky.gradient(&y, &mut dy[..5]),
            "the slope of a leaky ReLU",
        );
        assert_parameter_error(
            leaky.gradient_into(&y, &y, &mut dy[..5]),
            "the slope of a leaky ReLU",
        );
    }
}
