use proptest::prelude::*;

use crate::bias::bias_gradient_with_simd;
use crate::testing::{assert_length_error, noise, run_guarded, to_comparable_bits};
use crate::{Error, Simd, bias_gradient, set_threads};

/// The sum of each channel, and the sum of its absolute values.
fn channel_sums(dy: &[f32], channels: usize) -> Vec<[f64; 2]> {
    let mut sums = vec![[0.0; 2]; channels];
    for row in dy.chunks(channels) {
        for ([sum, size], value) in sums.iter_mut().zip(row) {
            *sum += f64::from(*value);
            *size += f64::from(value.abs());
        }
    }
    sums
}

#[track_caller]
fn check_bias_gradient(simd: Simd, dy: &[f32], channels: usize) {
    let (db, done) = run_guarded(&vec![f32::NAN; channels], |db| {
        bias_gradient_with_simd(simd, dy, channels, db)
    });
    done.unwrap();
    for (found, [expected, size]) in db.iter().zip(channel_sums(dy, channels)) {
        let error = (f64::from(*found) - expected).abs();
        assert!(
            error <= 5e-7 * size,
            "{found}, should be {expected}, with {simd:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 200 }, ..ProptestConfig::default() })]

    #[test]
    fn any_shape_agrees_with_plain_sums(
        positions in 1..300_usize,
        channels in prop_oneof![1..70_usize, Just(128), Just(129), Just(512), Just(2049)],
        seed in any::<u32>(),
    ) {
        let (positions, channels) =
            if cfg!(miri) { (positions.min(20), channels.min(40)) } else { (positions, channels) };
        let dy = noise(positions * channels, u64::from(seed));
        for &simd in Simd::available() {
            check_bias_gradient(simd, &dy, channels);
        }
    }
}

/// Summed in `f32` alone, these would be wrong by a part in a thousand.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn millions_of_positions_keep_their_precision() {
    let dy: Vec<f32> = noise(3 * 3_000_001, 5)
        .iter()
        .map(|x| 0.1 + 0.01 * x)
        .collect();
    for &simd in Simd::available() {
        check_bias_gradient(simd, &dy, 3);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn results_do_not_depend_on_the_number_of_threads() {
    let dy = noise(3 * 200_003, 7);
    let (mut many, mut one) = ([0.0; 3], [0.0; 3]);
    bias_gradient(&dy, 3, &mut many).unwrap();
    set_threads(1);
    bias_gradient(&dy, 3, &mut one).unwrap();
    set_threads(usize::MAX);
    assert_eq!(to_comparable_bits(&many), to_comparable_bits(&one));
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let mut db = [7.0; 3];
    let refused = bias_gradient(&[1.0; 6], 0, &mut db);
    assert_eq!(
        refused,
        Err(Error::Zero {
            what: "the number of channels"
        })
    );
    let refused = bias_gradient(&[], 3, &mut db);
    assert_eq!(
        refused,
        Err(Error::Zero {
            what: "the number of positions"
        })
    );
    assert_length_error(
        bias_gradient(&[1.0; 7], 3, &mut db),
        "the output's gradient",
    );
    assert_length_error(bias_gradient(&[1.0; 8], 4, &mut db), "the bias's gradient");
    assert_length_error(bias_gradient(&[1.0; 8], 2, &mut db), "the bias's gradient");
    assert_eq!(db, [7.0; 3]);
}
