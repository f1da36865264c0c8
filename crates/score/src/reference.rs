//! Reference implementations for the tests: in `f64`, one value after the other.

use oddframe_core::ErrorMap;
use proptest::prelude::*;

use crate::{Channels, Distance, Pair, PairPool};

/// Two images that start at unaligned addresses.
#[derive(Debug, Clone)]
pub(crate) struct Images {
    values: Vec<f32>,
    offset: usize,
    channels: usize,
    width: usize,
    height: usize,
}

impl Images {
    /// Sides up to 70, up to four channels, values from tiny to large.
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let sides = (1_usize..5, 1_usize..71, 1_usize..71, 0_usize..8);
        sides.prop_flat_map(|(channels, width, height, offset)| {
            let count = 2 * (offset + channels * width * height);
            let value = prop_oneof![8 => -1.0_f32..1.0, 1 => -1e4_f32..1e4, 1 => -1e-6_f32..1e-6];
            prop::collection::vec(value, count).prop_map(move |values| Self {
                values,
                offset,
                channels,
                width,
                height,
            })
        })
    }

    pub(crate) fn pair(&self) -> Pair<'_> {
        let (input, reconstruction) = self.values.split_at(self.values.len() / 2);
        let (input, reconstruction) = (&input[self.offset..], &reconstruction[self.offset..]);
        Pair::new(
            input,
            reconstruction,
            self.channels,
            self.width,
            self.height,
        )
        .unwrap()
    }
}

pub(crate) fn any_mode() -> impl Strategy<Value = (Distance, Channels)> {
    let distance = prop::sample::select(vec![Distance::Squared, Distance::Absolute]);
    (
        distance,
        prop::sample::select(vec![Channels::Mean, Channels::Max, Channels::Sum]),
    )
}

/// The error map of a pair.
pub(crate) fn error_map(pair: Pair<'_>, distance: Distance, channels: Channels) -> Vec<f64> {
    let mut map = vec![0.0; pair.pixels()];
    for plane in pair.planes() {
        for (out, (a, b)) in map
            .iter_mut()
            .zip(plane.input().iter().zip(plane.reconstruction()))
        {
            let error = (f64::from(*a) - f64::from(*b)).abs();
            let error = if distance == Distance::Squared {
                error * error
            } else {
                error
            };
            *out = match channels {
                Channels::Max => f64::max(*out, error),
                Channels::Mean => *out + error / pair.channels() as f64,
                Channels::Sum => *out + error,
            };
        }
    }
    map
}

/// Equal to within a millionth.
pub(crate) fn is_close(value: f64, expected: f64) -> bool {
    (value - expected).abs() <= 1e-6 * expected.abs()
}

/// Compares a pool with its reference implementation, on maps and on pairs.
pub(crate) fn assert_agrees(
    pool: &impl PairPool,
    images: &Images,
    distance: Distance,
    channels: Channels,
    reference: impl Fn(&[f64], usize) -> f64,
) -> Result<(), TestCaseError> {
    let pair = images.pair();
    let expected = reference(&error_map(pair, distance, channels), pair.width());
    let fused = pool.pool_pair(pair, distance, channels);
    prop_assert!(
        is_close(fused, expected),
        "of a pair: {} instead of {}",
        fused,
        expected
    );

    // A map of both signs.
    let values = &pair.input()[..pair.pixels()];
    let expected = reference(
        &values.iter().copied().map(f64::from).collect::<Vec<_>>(),
        pair.width(),
    );
    let pooled = pool.pool(ErrorMap::new(values, pair.width(), pair.height()).unwrap());
    // Values of both signs cancel, so that the error is relative to the largest value, not to the
    // result.
    let size = values
        .iter()
        .map(|v| f64::from(v.abs()))
        .fold(0.0, f64::max);
    prop_assert!(
        (pooled - expected).abs() <= 1e-6 * expected.abs().max(size),
        "{} {}",
        pooled,
        expected
    );
    Ok(())
}

/// Asserts that a single NaN of either sign, at any position, makes the score NaN.
pub(crate) fn assert_nan_propagates(pool: &impl PairPool) {
    for (width, height) in [(1, 1), (5, 3), (40, 37), (64, 16)] {
        for place in [0, width * height / 2, width * height - 1] {
            for nan in [f32::NAN, -f32::NAN] {
                let mut values = vec![1.0; 3 * width * height];
                values[place] = nan;
                let map = ErrorMap::new(&values[..width * height], width, height).unwrap();
                assert!(pool.pool(map).is_nan(), "map {width}x{height}, {place}");
                values.rotate_right(width * height);
                for (distance, channels) in [Distance::Squared, Distance::Absolute]
                    .into_iter()
                    .flat_map(|d| [Channels::Mean, Channels::Max, Channels::Sum].map(|c| (d, c)))
                {
                    let ones = vec![0.5; values.len()];
                    for (a, b) in [(&values, &ones), (&ones, &values)] {
                        let pair = Pair::new(a, b, 3, width, height).unwrap();
                        let score = pool.pool_pair(pair, distance, channels);
                        assert!(
                            score.is_nan(),
                            "pair {width}x{height}, {place}, {distance}, {channels}"
                        );
                    }
                }
            }
        }
    }
    // Infinity minus infinity.
    let endless = [f32::INFINITY; 4];
    let pair = Pair::new(&endless, &endless, 1, 2, 2).unwrap();
    assert!(
        pool.pool_pair(pair, Distance::Squared, Channels::Max)
            .is_nan()
    );
}
