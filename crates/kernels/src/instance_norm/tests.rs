use proptest::prelude::*;

use crate::testing::{
    activation_value, any_activation, assert_length_error, assert_parameter_error, noise,
    run_guarded, to_comparable_bits,
};
use crate::{Activation, Error, InstanceNorm, Simd, set_threads};

const EPSILON: f64 = 1e-5;

/// The definition, in double precision: values, and the deviation that each was divided by.
fn reference(
    x: &[f32],
    [images, positions, channels]: [usize; 3],
    activation: Activation,
) -> Vec<(f64, f64)> {
    let mut y = vec![(0.0, 0.0); x.len()];
    for image in 0..images {
        for channel in 0..channels {
            let places: Vec<usize> = (0..positions)
                .map(|position| (image * positions + position) * channels + channel)
                .collect();
            let count = positions as f64;
            let mean = places.iter().map(|&at| f64::from(x[at])).sum::<f64>() / count;
            let squares = places.iter().map(|&at| (f64::from(x[at]) - mean).powi(2));
            let deviation = (squares.sum::<f64>() / count + EPSILON).sqrt();
            for at in places {
                let normalised = (f64::from(x[at]) - mean) / deviation;
                y[at] = (activation_value(activation, normalised), deviation);
            }
        }
    }
    y
}

fn run(simd: Simd, x: &[f32], shape: [usize; 3], activation: Activation) -> Vec<f32> {
    let [images, positions, channels] = shape;
    let norm = InstanceNorm::new(images, positions, channels, EPSILON)
        .unwrap()
        .with_activation(activation)
        .unwrap()
        .with_simd(simd);
    let (y, done) = run_guarded(&vec![f32::NAN; x.len()], |y| norm.forward(x, y));
    done.unwrap();
    y
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 60 }))]

    #[test]
    fn every_shape_agrees_with_the_definition(
        images in 1..4_usize,
        positions in 1..70_usize,
        channels in 1..70_usize,
        level in prop_oneof![Just(0.0_f32), Just(300.0)],
        activation in any_activation(),
        seed in 0..1000_u64,
    ) {
        let most = if cfg!(miri) { 20 } else { usize::MAX };
        let (positions, channels) = (positions.min(most), channels.min(most));
        let shape = [images, positions, channels];
        let mut x = noise(images * positions * channels, seed);
        for x in &mut x {
            *x = *x * 3.0 + level;
        }
        let expected = reference(&x, shape, activation);
        for &simd in Simd::available() {
            for (y, (e, deviation)) in run(simd, &x, shape, activation).iter().zip(&expected) {
                // The mean is rounded to f32, and so is each value's difference from it.
                let rounding = 2.0 * f64::from(f32::EPSILON) * f64::from(level) / deviation;
                let bound = 1e-5 * e.abs().max(1.0) + rounding;
                prop_assert!((f64::from(*y) - e).abs() <= bound, "{y}, should be {e}");
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn an_encoder_s_image_is_the_same_on_any_number_of_threads() {
    let shape = [2, 60 * 90, 96];
    let x = noise(shape.iter().product(), 5);
    let expected = reference(&x, shape, Activation::Relu);
    let one = {
        set_threads(1);
        run(Simd::detect(), &x, shape, Activation::Relu)
    };
    set_threads(usize::MAX);
    let many = run(Simd::detect(), &x, shape, Activation::Relu);
    assert_eq!(to_comparable_bits(&one), to_comparable_bits(&many));
    for (y, (e, _)) in one.iter().zip(&expected) {
        assert!(
            (f64::from(*y) - e).abs() <= 2e-6 * e.abs().max(1.0),
            "{y}, should be {e}"
        );
    }
}

#[test]
fn nan_stays_within_its_image_and_channel() {
    let mut x = noise(2 * 10 * 3, 1);
    x[7 * 3 + 1] = f32::NAN;
    let y = run(Simd::detect(), &x, [2, 10, 3], Activation::Relu);
    for (at, value) in y.iter().enumerate() {
        assert_eq!(value.is_nan(), at < 30 && at % 3 == 1, "value {at}");
    }
}

#[test]
fn wrong_sizes_are_refused() {
    assert_eq!(
        InstanceNorm::new(0, 4, 4, EPSILON).unwrap_err(),
        Error::Zero {
            what: "the number of images"
        }
    );
    assert_parameter_error(
        InstanceNorm::new(1, 4, 4, 0.0),
        "epsilon of a batch normalisation",
    );
    let norm = InstanceNorm::new(2, 4, 4, EPSILON).unwrap();
    assert_length_error(norm.forward(&[0.0; 16], &mut [0.0; 32]), "the input");
    assert_length_error(norm.forward(&[0.0; 32], &mut [0.0; 16]), "the output");
}
