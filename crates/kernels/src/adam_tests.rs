// Golden values have nine digits, which identify an f32.
#![allow(clippy::excessive_precision)]

use proptest::prelude::*;

use crate::partition::PART_LEN;
use crate::testing::{
    assert_length_error, assert_parameter_error, noise, run_guarded, to_comparable_bits, to_f64,
};
use crate::{Adam, Error, Simd};

/// The golden states are those of `torch.optim.Adam` after one step and after four, with learning rate 0.01.
const START: [f32; 5] = [0.5, -1.25, 3.0, 0.001, -40.0];
const GRADIENT: [f32; 5] = [0.1, -2.0, 1e-4, 5.0, 0.0];

fn gradient(step: usize) -> Vec<f32> {
    let t = step as f32;
    GRADIENT
        .iter()
        .map(|g| g * (1.5 - 0.75 * t) + 0.25 * (t - 1.0))
        .collect()
}

/// Parameters and both moments.
type State = [[f32; 5]; 3];
const PLAIN: [State; 2] = [
    [
        [
            0.490_000_01,
            -1.240_000_01,
            2.990_001_44,
            -0.008_999_999_61,
            -40.0,
        ],
        [0.007_500_000_3, -0.150_000_006, 7.499_999_81e-6, 0.375, 0.0],
        [
            5.625_000_54e-6,
            0.002_249_999_9,
            5.625_000_03e-12,
            0.014_062_500_6,
            0.0,
        ],
    ],
    [
        [
            0.462_606_966,
            -1.243_183_26,
            2.965_556_14,
            -0.011_523_015_8,
            -40.024_444_6,
        ],
        [
            0.123_967_499,
            0.465_899_974,
            0.140_233_71,
            -0.673_874_974,
            0.140_249_997,
        ],
        [
            0.000_608_427_625,
            0.020_364_131_8,
            0.000_874_325_167,
            0.070_197_172_5,
            0.000_874_625_053,
        ],
    ],
];
/// The same with betas of 0.8 and 0.95, an epsilon of 1e-4 and a weight decay of 0.05.
const DECAYED: [State; 2] = [
    [
        [
            0.490_009_993,
            -1.240_000_61,
            2.990_006_69,
            -0.008_999_733_25,
            -39.990_001_7,
        ],
        [
            0.020_000_001_4,
            -0.3125,
            0.030_015_001_1,
            0.750_010_014,
            -0.400_000_006,
        ],
        [
            0.000_500_000_024,
            0.122_070_312,
            0.001_126_125_34,
            0.703_143_775,
            0.200_000_003,
        ],
    ],
    [
        [
            0.461_295_098,
            -1.244_481_21,
            2.961_216_69,
            -0.009_182_233_36,
            -39.960_784_9,
        ],
        [
            0.241_930_962,
            0.911_809_862,
            0.350_015_7,
            -1.454_329_01,
            -0.918_279_886,
        ],
        [
            0.032_846_976_1,
            0.964_816_332,
            0.068_527_542_1,
            3.386_261_46,
            0.494_264_066,
        ],
    ],
];

#[test]
fn steps_agree_with_pytorch() {
    for &simd in Simd::available() {
        for (adam, golden) in [
            (Adam::new(0.9, 0.999, 1e-8, 0.0), PLAIN),
            (Adam::new(0.8, 0.95, 1e-4, 0.05), DECAYED),
        ] {
            let adam = adam.unwrap().with_simd(simd);
            let mut state = [START, [0.0; 5], [0.0; 5]];
            for time in 1..=4 {
                let [parameters, moment1, moment2] = &mut state;
                adam.step(0.01, time, parameters, &gradient(time), moment1, moment2)
                    .unwrap();
                let Some(golden) = [Some(golden[0]), None, None, Some(golden[1])][time - 1] else {
                    continue;
                };
                for (found, expected) in state.iter().flatten().zip(golden.iter().flatten()) {
                    let error = (found - expected).abs();
                    assert!(
                        error <= 3e-7 * expected.abs(),
                        "{found}, not {expected}, at step {time} with {simd:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 150 }, ..ProptestConfig::default() })]

    #[test]
    fn any_constants_and_length_agree_with_the_definition(
        (beta1, beta2) in (0.0..0.99, 0.0..0.9999),
        // With a large epsilon a tiny gradient hardly moves a parameter; otherwise its rounding could reverse a step.
        (epsilon, decay) in (1e-2..1.0, prop_oneof![Just(0.0), 0.0..0.5]),
        (rate, len, seed) in (0.0..0.1, 0..100_usize, any::<u32>()),
    ) {
        let adam = Adam::new(beta1, beta2, epsilon, decay).unwrap();
        let start = noise(len, u64::from(seed));
        for &simd in Simd::available() {
            let adam = adam.with_simd(simd);
            let (mut p, mut m, mut v) = (start.clone(), vec![0.0; len], vec![0.0; len]);
            let (mut p64, mut m64, mut v64) = (to_f64(&p), vec![0.0; len], vec![0.0; len]);
            for time in 1..8 {
                let gradients = noise(len, u64::from(seed) + time as u64);
                (p, (m, v)) = {
                    let (p, (m, (v, done))) = run_guarded(&p, |p| run_guarded(&m, |m| run_guarded(&v, |v| {
                        adam.step(rate, time, p, &gradients, m, v)
                    })));
                    done.unwrap();
                    (p, (m, v))
                };
                for at in 0..len {
                    let gradient = f64::from(gradients[at]) + decay * p64[at];
                    m64[at] = beta1 * m64[at] + (1.0 - beta1) * gradient;
                    v64[at] = beta2 * v64[at] + (1.0 - beta2) * gradient * gradient;
                    let mean = m64[at] / (1.0 - beta1.powi(time as i32));
                    let square = v64[at] / (1.0 - beta2.powi(time as i32));
                    p64[at] -= rate * mean / (square.sqrt() + epsilon);
                }
            }
            for at in 0..len {
                for (found, expected) in [(p[at], p64[at]), (m[at], m64[at]), (v[at], v64[at])] {
                    prop_assert!((f64::from(found) - expected).abs() <= 1e-5, "{found}, not {expected}");
                }
            }
        }
    }
}

#[test]
fn the_parts_of_a_long_slice_fit_together() {
    let len = 3 * PART_LEN + 5;
    let adam = Adam::new(0.9, 0.999, 1e-8, 0.01).unwrap();
    let gradients = noise(len, 1);
    let start = [
        noise(len, 2),
        noise(len, 3),
        noise(len, 4).iter().map(|v| v.abs()).collect(),
    ];
    let [mut whole, mut parts] = [start.clone(), start];
    let [p, m, v] = &mut whole;
    adam.step(0.1, 3, p, &gradients, m, v).unwrap();
    let [p, m, v] = &mut parts;
    for (at, gradients) in gradients.chunks(PART_LEN - 16).enumerate() {
        let here = at * (PART_LEN - 16)..at * (PART_LEN - 16) + gradients.len();
        adam.step(
            0.1,
            3,
            &mut p[here.clone()],
            gradients,
            &mut m[here.clone()],
            &mut v[here],
        )
        .unwrap();
    }
    for (whole, parts) in whole.iter().zip(&parts) {
        assert_eq!(to_comparable_bits(whole), to_comparable_bits(parts));
    }
}

#[test]
fn constants_and_lengths_that_do_not_fit_are_refused() {
    for beta in [-0.1, 1.0, f64::NAN] {
        assert_parameter_error(Adam::new(beta, 0.9, 0.1, 0.0), "beta1 of Adam");
        assert_parameter_error(Adam::new(0.9, beta, 0.1, 0.0), "beta2 of Adam");
    }
    for below in [-1e-9, f64::NAN, f64::INFINITY] {
        assert_parameter_error(Adam::new(0.9, 0.9, below, 0.0), "epsilon of Adam");
        assert_parameter_error(Adam::new(0.9, 0.9, 0.1, below), "the weight decay of Adam");
    }
    let adam = Adam::new(0.9, 0.999, 1e-8, 0.0).unwrap();
    let (mut p, mut m, mut v) = ([1.0; 5], [0.0; 5], [0.0; 5]);
    for rate in [-0.1, f64::NAN, f64::INFINITY] {
        assert_parameter_error(
            adam.step(rate, 1, &mut p, &[1.0; 5], &mut m, &mut v),
            "the learning rate",
        );
    }
    let early = adam.step(0.1, 0, &mut p, &[1.0; 5], &mut m, &mut v);
    assert_eq!(
        early,
        Err(Error::Zero {
            what: "the step of Adam"
        })
    );
    assert_length_error(
        adam.step(0.1, 1, &mut p, &[1.0; 4], &mut m, &mut v),
        "the gradients",
    );
    assert_length_error(
        adam.step(0.1, 1, &mut p, &[1.0; 5], &mut m[1..], &mut v),
        "the first moment",
    );
    assert_length_error(
        adam.step(0.1, 1, &mut p, &[1.0; 5], &mut m, &mut v[1..]),
        "the second moment",
    );
    assert_eq!((p, m, v), ([1.0; 5], [0.0; 5], [0.0; 5]));
}
