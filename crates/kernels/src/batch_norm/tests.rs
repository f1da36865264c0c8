use proptest::prelude::*;

use super::reference::Reference;
use crate::layer_tests::noise;
use crate::testing::{activations, assert_length_error, assert_parameter_error, bits, guarded, wide};
use crate::{Activation, BatchNorm, Error, Normalisation, Simd, set_threads};

const EPSILON: f64 = 1e-3;

/// Everything that the layer writes.
struct Results {
    y: Vec<f32>,
    mean: Vec<f32>,
    variance: Vec<f32>,
    dx: Vec<f32>,
    dgamma: Vec<f32>,
    dbeta: Vec<f32>,
}

/// Both steps, every output guarded, and every way to the same result compared.
fn run(norm: &BatchNorm, x: &[f32], gamma: &[f32], beta: &[f32], dy: &[f32]) -> Results {
    let (empty, per_channel) = (vec![f32::NAN; x.len()], vec![f32::NAN; gamma.len()]);
    let (y, (mean, (variance, done))) = guarded(&empty, |y| {
        guarded(&per_channel, |mean| {
            guarded(&per_channel, |variance| norm.forward(x, gamma, beta, y, mean, variance))
        })
    });
    done.unwrap();
    let by = Normalisation { gamma, beta, mean: &mean, variance: &variance };
    let (y_with, done) = guarded(&empty, |y| norm.forward_with(x, by, y));
    done.unwrap();
    assert_eq!(bits(&y), bits(&y_with));
    let (dx, (dgamma, (dbeta, done))) = guarded(&empty, |dx| {
        guarded(&per_channel, |dgamma| {
            guarded(&per_channel, |dbeta| norm.backward(x, dy, by, dx, dgamma, dbeta))
        })
    });
    done.unwrap();
    let (in_place, (dgamma2, (dbeta2, done))) = guarded(dy, |dx| {
        guarded(&per_channel, |dgamma| {
            guarded(&per_channel, |dbeta| norm.backward_in_place(x, dx, by, dgamma, dbeta))
        })
    });
    done.unwrap();
    assert_eq!([bits(&dx), bits(&dgamma), bits(&dbeta)], [bits(&in_place), bits(&dgamma2), bits(&dbeta2)]);
    Results { y, mean, variance, dx, dgamma, dbeta }
}

#[track_caller]
fn assert_close(name: &str, found: &[f32], expected: &[f64], bound: f64) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let apart = (f64::from(*found) - expected).abs();
        assert!(apart <= bound * expected.abs().max(1.0), "{name}[{at}] is {found}, should be {expected}");
    }
}

#[track_caller]
fn check(positions: usize, channels: usize, activation: Activation, seed: u64) {
    let x: Vec<f32> = noise(positions * channels, seed).iter().map(|x| 2.0 * x + 0.5).collect();
    let (gamma, beta) = (noise(channels, seed + 1), noise(channels, seed + 2));
    let mut dy = noise(x.len(), seed + 3);
    let [x64, gamma64, beta64] = [&x, &gamma, &beta].map(|values| wide(values));
    let reference = Reference { x: &x64, gamma: &gamma64, beta: &beta64, epsilon: EPSILON, activation };
    // Where rounding could take a value across the kink of an activation, no gradient flows.
    for (dy, z) in dy.iter_mut().zip(reference.before_activation()) {
        *dy = if z.abs() < 1e-4 { 0.0 } else { *dy };
    }
    let y = reference.forward();
    let [mean, variance] = reference.mean_and_variance();
    let [dx, dgamma, dbeta] = reference.backward(&wide(&dy));
    for &simd in Simd::available() {
        let norm = BatchNorm::new(positions, channels, EPSILON).unwrap().with_simd(simd);
        let found = run(&norm.with_activation(activation).unwrap(), &x, &gamma, &beta, &dy);
        assert_close("the mean", &found.mean, &mean, 3e-7);
        assert_close("the variance", &found.variance, &variance, 1e-6);
        assert_close("y", &found.y, &y, 1e-5);
        // A few values may lie close together and have steep gradients, up to 1 / sqrt(epsilon) = 32.
        assert_close("dx", &found.dx, &dx, if positions < 50 { 1e-4 } else { 3e-6 });
        // Sums of either sign cancel: what is left keeps the rounding of what was summed.
        let bound = 1e-9_f64.mul_add(positions as f64, 1e-5);
        assert_close("dgamma", &found.dgamma, &dgamma, bound);
        assert_close("dbeta", &found.dbeta, &dbeta, bound);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 3 } else { 200 }, ..ProptestConfig::default() })]

    #[test]
    fn any_shape_agrees_with_the_definition(
        positions in 1..80_usize,
        channels in prop_oneof![1..40_usize, Just(64), Just(129), Just(512)],
        activation in activations(),
        seed in any::<u32>(),
    ) {
        let (positions, channels) =
            if cfg!(miri) { (positions.min(9), channels.min(9)) } else { (positions, channels) };
        check(positions, channels, activation, u64::from(seed));
    }
}

/// Several chunks and parts, the last of them short, in rows of several positions, of one, and wider than the widest.
#[test]
#[cfg_attr(miri, ignore = "too slow there")]
fn many_positions_agree_with_the_definition() {
    for (positions, channels) in [(100_003, 3), (70_001, 16), (3_001, 100), (777, 513), (70, 2500)] {
        check(positions, channels, Activation::Relu, 11);
        check(positions, channels, Activation::Sigmoid, 12);
    }
}

/// Squares less the square of the mean would leave nothing of this variance.
#[test]
#[cfg_attr(miri, ignore = "too slow there")]
fn a_mean_far_from_zero_takes_nothing_from_the_variance() {
    let x: Vec<f32> = noise(3 * 100_000, 1).iter().map(|x| 1000.0 + 0.01 * x).collect();
    let (one, zero) = ([1.0; 3], [0.0; 3]);
    let reference = Reference {
        x: &wide(&x),
        gamma: &[1.0; 3],
        beta: &[0.0; 3],
        epsilon: EPSILON,
        activation: Activation::Identity,
    };
    let [mean64, variance64] = reference.mean_and_variance();
    for &simd in Simd::available() {
        let norm = BatchNorm::new(100_000, 3, EPSILON).unwrap().with_simd(simd);
        let (mut y, mut mean, mut variance) = (x.clone(), [0.0; 3], [0.0; 3]);
        norm.forward(&x, &one, &zero, &mut y, &mut mean, &mut variance).unwrap();
        for channel in 0..3 {
            assert_eq!(mean[channel], mean64[channel] as f32);
            let share = f64::from(variance[channel]) / variance64[channel];
            assert!((share - 1.0).abs() < 1e-6, "{} instead of {}", variance[channel], variance64[channel]);
        }
    }
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let norm = BatchNorm::new(3, 2, 1e-3).unwrap().with_activation(Activation::Sigmoid).unwrap();
    let x = [1.0, -2.0, 0.5, 4.0, 3.0, 0.25];
    let found = run(&norm, &x, &[1.5, -0.5], &[0.25, -1.0], &[1.0, 2.0, -1.0, 0.5, 0.25, -3.0]);
    let y = [0.390_772_19, 0.390_678_44, 0.242_662_91, 0.160_226_26, 0.911_509_16, 0.289_257_5];
    let dx = [0.314_841_36, -0.077_474_385, -0.251_918_29, -0.046_477_75, -0.062_923_096, 0.123_952_14];
    assert_close("y", &found.y, &y, 2e-7);
    assert_close("dx", &found.dx, &dx, 2e-7);
    assert_close("dgamma", &found.dgamma, &[0.087_906_495, -0.316_045_73], 2e-7);
    assert_close("dbeta", &found.dbeta, &[0.074_456_722, -0.073_388_219], 2e-7);
}

#[test]
fn a_channel_that_never_changes_gives_beta_and_spoils_no_other() {
    let x: Vec<f32> =
        noise(40, 1).iter().enumerate().map(|(at, x)| if at % 2 == 0 { 12_345.7 } else { *x }).collect();
    let norm = BatchNorm::new(20, 2, 1e-5).unwrap();
    let found = run(&norm, &x, &[3.0, 1.0], &[0.7, 0.0], &noise(40, 2));
    assert!(found.y.iter().step_by(2).all(|y| *y == 0.7), "{:?}", found.y);
    assert_eq!((found.mean[0], found.variance[0]), (12_345.7, 0.0));
    assert!(found.variance[1] > 0.1);
}

#[test]
fn nan_is_seen_in_its_own_channel_alone() {
    let mut x = noise(60, 1);
    x[31] = f32::NAN;
    let norm = BatchNorm::new(20, 3, 1e-5).unwrap();
    let found = run(&norm, &x, &[1.0; 3], &[0.0; 3], &noise(60, 2));
    for channel in 0..3 {
        let spoilt = channel == 31 % 3;
        assert_eq!(found.mean[channel].is_nan(), spoilt);
        assert_eq!(found.variance[channel].is_nan(), spoilt);
        assert!(found.y.iter().skip(channel).step_by(3).all(|y| y.is_nan() == spoilt));
        assert!(found.dx.iter().skip(channel).step_by(3).all(|dx| dx.is_nan() == spoilt));
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow there")]
fn the_number_of_threads_changes_no_bit() {
    let (x, dy) = (noise(16 * 30_003, 1), noise(16 * 30_003, 2));
    let norm = BatchNorm::new(30_003, 16, 1e-5).unwrap().with_activation(Activation::Tanh).unwrap();
    let all = |found: &Results| {
        let Results { y, mean, variance, dx, dgamma, dbeta } = found;
        [y, mean, variance, dx, dgamma, dbeta].map(|values| bits(values))
    };
    let many = run(&norm, &x, &noise(16, 3), &noise(16, 4), &dy);
    set_threads(1);
    let one = run(&norm, &x, &noise(16, 3), &noise(16, 4), &dy);
    set_threads(usize::MAX);
    assert!(all(&many) == all(&one));
}

#[test]
fn shapes_and_parameters_that_do_not_fit_are_refused() {
    assert_eq!(BatchNorm::new(0, 3, 0.1).err(), Some(Error::Zero { what: "the number of positions" }));
    assert_eq!(BatchNorm::new(3, 0, 0.1).err(), Some(Error::Zero { what: "the number of channels" }));
    assert!(matches!(BatchNorm::new(usize::MAX / 2, 4, 0.1), Err(Error::TooLarge { .. })));
    for epsilon in [0.0, -0.1, f64::NAN, f64::INFINITY, 1e-46, 1e39] {
        assert_parameter_error(BatchNorm::new(2, 2, epsilon), "epsilon of a batch normalisation");
    }
    let norm = BatchNorm::new(2, 2, 0.1).unwrap();
    let sloped = norm.with_activation(Activation::LeakyRelu(-1.0));
    assert_parameter_error(sloped, "the slope of a leaky ReLU");
}

#[test]
fn slices_of_wrong_lengths_are_refused_and_nothing_is_written() {
    let norm = BatchNorm::new(3, 2, 0.1).unwrap();
    // Each argument in turn is too short.
    let names = ["the input", "the output", "gamma", "beta", "the mean", "the variance"];
    for (short, name) in names.into_iter().enumerate() {
        let len = |at: usize, len: usize| if at == short { len - 1 } else { len };
        let ([x, g], [b, m]) =
            ([len(0, 6), len(2, 2)].map(|n| vec![1.0; n]), [len(3, 2), len(4, 2)].map(|n| vec![1.0; n]));
        let (mut y, mut mean, mut variance) = (vec![7.0; len(1, 6)], m.clone(), vec![1.0; len(5, 2)]);
        let by = Normalisation { gamma: &g, beta: &b, mean: &m, variance: &variance.clone() };
        assert_length_error(norm.forward(&x, &g, &b, &mut y, &mut mean, &mut variance), name);
        assert_length_error(norm.forward_with(&x, by, &mut y), name);
        assert!(y.iter().all(|y| *y == 7.0) && mean.iter().chain(&variance).all(|v| *v == 1.0));
    }
    let names = [
        "the input",
        "the output's gradient",
        "the input's gradient",
        "gamma",
        "beta",
        "the mean",
        "the variance",
        "gamma's gradient",
        "beta's gradient",
    ];
    for (short, name) in names.into_iter().enumerate() {
        let some = |at: usize, len: usize| vec![1.0; if at == short { len - 1 } else { len }];
        let (x, mut dy, mut dx) = (some(0, 6), some(1, 6), some(2, 6));
        let [gamma, beta, mean, variance] = [3, 4, 5, 6].map(|at| some(at, 2));
        let by = Normalisation { gamma: &gamma, beta: &beta, mean: &mean, variance: &variance };
        let (mut dgamma, mut dbeta) = (some(7, 2), some(8, 2));
        assert_length_error(norm.backward(&x, &dy, by, &mut dx, &mut dgamma, &mut dbeta), name);
        if short != 2 {
            assert_length_error(norm.backward_in_place(&x, &mut dy, by, &mut dgamma, &mut dbeta), name);
        }
        assert!([dx, dy, dgamma, dbeta].iter().flatten().all(|value| *value == 1.0));
    }
}
