use proptest::prelude::*;

use super::reference::Reference;
use crate::testing::{
    any_activation, assert_length_error, assert_parameter_error, noise, run_guarded,
    to_comparable_bits, to_f64,
};
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

impl Results {
    fn to_bits(&self) -> [Vec<u32>; 6] {
        let Self {
            y,
            mean,
            variance,
            dx,
            dgamma,
            dbeta,
        } = self;
        [y, mean, variance, dx, dgamma, dbeta].map(|values| to_comparable_bits(values))
    }
}

/// Runs both passes with guarded outputs, and compares all methods that give the same result.
fn run_both_passes(
    norm: &BatchNorm,
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    dy: &[f32],
) -> Results {
    let (empty, per_channel) = (vec![f32::NAN; x.len()], vec![f32::NAN; gamma.len()]);
    let (y, (mean, (variance, done))) = run_guarded(&empty, |y| {
        run_guarded(&per_channel, |mean| {
            run_guarded(&per_channel, |variance| {
                norm.forward(x, gamma, beta, y, mean, variance)
            })
        })
    });
    done.unwrap();
    let by = Normalisation {
        gamma,
        beta,
        mean: &mean,
        variance: &variance,
    };
    let (y_with, done) = run_guarded(&empty, |y| norm.forward_with(x, by, y));
    done.unwrap();
    assert_eq!(to_comparable_bits(&y), to_comparable_bits(&y_with));
    let (dx, (dgamma, (dbeta, done))) = run_guarded(&empty, |dx| {
        run_guarded(&per_channel, |dgamma| {
            run_guarded(&per_channel, |dbeta| {
                norm.backward(x, dy, by, dx, dgamma, dbeta)
            })
        })
    });
    done.unwrap();
    let (in_place, (dgamma2, (dbeta2, done))) = run_guarded(dy, |dx| {
        run_guarded(&per_channel, |dgamma| {
            run_guarded(&per_channel, |dbeta| {
                norm.backward_in_place(x, dx, by, dgamma, dbeta)
            })
        })
    });
    done.unwrap();
    assert_eq!(
        [
            to_comparable_bits(&dx),
            to_comparable_bits(&dgamma),
            to_comparable_bits(&dbeta)
        ],
        [
            to_comparable_bits(&in_place),
            to_comparable_bits(&dgamma2),
            to_comparable_bits(&dbeta2)
        ]
    );
    Results {
        y,
        mean,
        variance,
        dx,
        dgamma,
        dbeta,
    }
}

#[track_caller]
fn assert_close(name: &str, found: &[f32], expected: &[f64], bound: f64) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs();
        assert!(
            error <= bound * expected.abs().max(1.0),
            "{name}[{at}] is {found}, should be {expected}"
        );
    }
}

#[track_caller]
fn check_batch_norm(positions: usize, channels: usize, activation: Activation, seed: u64) {
    let x: Vec<f32> = noise(positions * channels, seed)
        .iter()
        .map(|x| 2.0 * x + 0.5)
        .collect();
    let (gamma, beta) = (noise(channels, seed + 1), noise(channels, seed + 2));
    let mut dy = noise(x.len(), seed + 3);
    let [x64, gamma64, beta64] = [&x, &gamma, &beta].map(|values| to_f64(values));
    let reference = Reference {
        x: &x64,
        gamma: &gamma64,
        beta: &beta64,
        epsilon: EPSILON,
        activation,
    };
    // No gradient where rounding could move a value across the kink of an activation.
    for (dy, z) in dy.iter_mut().zip(reference.before_activation()) {
        *dy = if z.abs() < 1e-4 { 0.0 } else { *dy };
    }
    let y = reference.forward();
    let [mean, variance] = reference.mean_and_variance();
    let [dx, dgamma, dbeta] = reference.backward(&to_f64(&dy));
    for &simd in Simd::available() {
        let norm = BatchNorm::new(positions, channels, EPSILON)
            .unwrap()
            .with_simd(simd);
        let found = run_both_passes(
            &norm.with_activation(activation).unwrap(),
            &x,
            &gamma,
            &beta,
            &dy,
        );
        assert_close("the mean", &found.mean, &mean, 3e-7);
        assert_close("the variance", &found.variance, &variance, 1e-6);
        assert_close("y", &found.y, &y, 1e-5);
        // A few values may lie close together and have steep gradients, up to 1 / sqrt(epsilon) = 32.
        assert_close(
            "dx",
            &found.dx,
            &dx,
            if positions < 50 { 1e-4 } else { 3e-6 },
        );
        // Terms of both signs cancel, but their rounding errors remain.
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
        activation in any_activation(),
        seed in any::<u32>(),
    ) {
        let (positions, channels) =
            if cfg!(miri) { (positions.min(9), channels.min(9)) } else { (positions, channels) };
        check_batch_norm(positions, channels, activation, u64::from(seed));
    }
}

/// Several chunks and parts, the last ones incomplete; rows of several positions, of one, and of more than the widest row.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn many_positions_agree_with_the_definition() {
    for (positions, channels) in [
        (100_003, 3),
        (70_001, 16),
        (3_001, 100),
        (777, 513),
        (70, 2500),
    ] {
        check_batch_norm(positions, channels, Activation::Relu, 11);
        check_batch_norm(positions, channels, Activation::Sigmoid, 12);
    }
}

/// The formula E[x²] - E[x]² would lose all digits of this variance.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_mean_far_from_zero_does_not_change_the_variance() {
    let x: Vec<f32> = noise(3 * 100_000, 1)
        .iter()
        .map(|x| 1000.0 + 0.01 * x)
        .collect();
    let (one, zero) = ([1.0; 3], [0.0; 3]);
    let reference = Reference {
        x: &to_f64(&x),
        gamma: &[1.0; 3],
        beta: &[0.0; 3],
        epsilon: EPSILON,
        activation: Activation::Identity,
    };
    let [mean64, variance64] = reference.mean_and_variance();
    for &simd in Simd::available() {
        let norm = BatchNorm::new(100_000, 3, EPSILON).unwrap().with_simd(simd);
        let (mut y, mut mean, mut variance) = (x.clone(), [0.0; 3], [0.0; 3]);
        norm.forward(&x, &one, &zero, &mut y, &mut mean, &mut variance)
            .unwrap();
        for channel in 0..3 {
            assert_eq!(mean[channel], mean64[channel] as f32);
            let share = f64::from(variance[channel]) / variance64[channel];
            assert!(
                (share - 1.0).abs() < 1e-6,
                "{} instead of {}",
                variance[channel],
                variance64[channel]
            );
        }
    }
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let norm = BatchNorm::new(3, 2, 1e-3)
        .unwrap()
        .with_activation(Activation::Sigmoid)
        .unwrap();
    let x = [1.0, -2.0, 0.5, 4.0, 3.0, 0.25];
    let found = run_both_passes(
        &norm,
        &x,
        &[1.5, -0.5],
        &[0.25, -1.0],
        &[1.0, 2.0, -1.0, 0.5, 0.25, -3.0],
    );
    let y = [
        0.390_772_19,
        0.390_678_44,
        0.242_662_91,
        0.160_226_26,
        0.911_509_16,
        0.289_257_5,
    ];
    let dx = [
        0.314_841_36,
        -0.077_474_385,
        -0.251_918_29,
        -0.046_477_75,
        -0.062_923_096,
        0.123_952_14,
    ];
    assert_close("y", &found.y, &y, 2e-7);
    assert_close("dx", &found.dx, &dx, 2e-7);
    assert_close(
        "dgamma",
        &found.dgamma,
        &[0.087_906_495, -0.316_045_73],
        2e-7,
    );
    assert_close(
        "dbeta",
        &found.dbeta,
        &[0.074_456_722, -0.073_388_219],
        2e-7,
    );
}

#[test]
fn a_constant_channel_gives_beta_and_leaves_other_channels_alone() {
    let x: Vec<f32> = noise(40, 1)
        .iter()
        .enumerate()
        .map(|(at, x)| if at % 2 == 0 { 12_345.7 } else { *x })
        .collect();
    let norm = BatchNorm::new(20, 2, 1e-5).unwrap();
    let found = run_both_passes(&norm, &x, &[3.0, 1.0], &[0.7, 0.0], &noise(40, 2));
    assert!(
        found.y.iter().step_by(2).all(|y| *y == 0.7),
        "{:?}",
        found.y
    );
    assert_eq!((found.mean[0], found.variance[0]), (12_345.7, 0.0));
    assert!(found.variance[1] > 0.1);
}

#[test]
fn nan_stays_in_its_own_channel() {
    let mut x = noise(60, 1);
    x[31] = f32::NAN;
    let norm = BatchNorm::new(20, 3, 1e-5).unwrap();
    let found = run_both_passes(&norm, &x, &[1.0; 3], &[0.0; 3], &noise(60, 2));
    for channel in 0..3 {
        let affected = channel == 31 % 3;
        assert_eq!(found.mean[channel].is_nan(), affected);
        assert_eq!(found.variance[channel].is_nan(), affected);
        assert!(
            found
                .y
                .iter()
                .skip(channel)
                .step_by(3)
                .all(|y| y.is_nan() == affected)
        );
        assert!(
            found
                .dx
                .iter()
                .skip(channel)
                .step_by(3)
                .all(|dx| dx.is_nan() == affected)
        );
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn results_do_not_depend_on_the_number_of_threads() {
    let (x, dy) = (noise(16 * 30_003, 1), noise(16 * 30_003, 2));
    let norm = BatchNorm::new(30_003, 16, 1e-5)
        .unwrap()
        .with_activation(Activation::Tanh)
        .unwrap();
    let many = run_both_passes(&norm, &x, &noise(16, 3), &noise(16, 4), &dy);
    set_threads(1);
    let one = run_both_passes(&norm, &x, &noise(16, 3), &noise(16, 4), &dy);
    set_threads(usize::MAX);
    assert!(many.to_bits() == one.to_bits());
}

#[test]
fn shapes_and_parameters_that_do_not_fit_are_refused() {
    assert_eq!(
        BatchNorm::new(0, 3, 0.1).err(),
        Some(Error::Zero {
            what: "the number of positions"
        })
    );
    assert_eq!(
        BatchNorm::new(3, 0, 0.1).err(),
        Some(Error::Zero {
            what: "the number of channels"
        })
    );
    assert!(matches!(
        BatchNorm::new(usize::MAX / 2, 4, 0.1),
        Err(Error::TooLarge { .. })
    ));
    for epsilon in [0.0, -0.1, f64::NAN, f64::INFINITY, 1e-46, 1e39] {
        assert_parameter_error(
            BatchNorm::new(2, 2, epsilon),
            "epsilon of a batch normalisation",
        );
    }
    let norm = BatchNorm::new(2, 2, 0.1).unwrap();
    let sloped = norm.with_activation(Activation::LeakyRelu(-1.0));
    assert_parameter_error(sloped, "the slope of a leaky ReLU");
}

/// Slices of ones with these lengths, of which the one at `short` is too short by one value.
fn ones_with_one_short<const N: usize>(mut lengths: [usize; N], short: usize) -> [Vec<f32>; N] {
    lengths[short] -= 1;
    lengths.map(|len| vec![1.0; len])
}

#[test]
fn slices_of_wrong_lengths_are_refused_and_nothing_is_written() {
    let norm = BatchNorm::new(3, 2, 0.1).unwrap();
    // Each argument in turn is too short.
    let names = [
        "the input",
        "the output",
        "gamma",
        "beta",
        "the mean",
        "the variance",
    ];
    for (short, name) in names.into_iter().enumerate() {
        let [x, mut y, g, b, m, mut variance] = ones_with_one_short([6, 6, 2, 2, 2, 2], short);
        y.fill(7.0);
        let mut mean = m.clone();
        let by = Normalisation {
            gamma: &g,
            beta: &b,
            mean: &m,
            variance: &variance.clone(),
        };
        assert_length_error(
            norm.forward(&x, &g, &b, &mut y, &mut mean, &mut variance),
            name,
        );
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
        let lengths = [6, 6, 6, 2, 2, 2, 2, 2, 2];
        let [
            x,
            mut dy,
            mut dx,
            gamma,
            beta,
            mean,
            variance,
            mut dgamma,
            mut dbeta,
        ] = ones_with_one_short(lengths, short);
        let by = Normalisation {
            gamma: &gamma,
            beta: &beta,
            mean: &mean,
            variance: &variance,
        };
        assert_length_error(
            norm.backward(&x, &dy, by, &mut dx, &mut dgamma, &mut dbeta),
            name,
        );
        if short != 2 {
            assert_length_error(
                norm.backward_in_place(&x, &mut dy, by, &mut dgamma, &mut dbeta),
                name,
            );
        }
        assert!(
            [dx, dy, dgamma, dbeta]
                .iter()
                .flatten()
                .all(|value| *value == 1.0)
        );
    }
}
