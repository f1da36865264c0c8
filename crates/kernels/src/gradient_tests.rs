//! The gradients of the reference implementation against finite differences of its forward pass, in `f64`. All other
//! tests of gradients rely on these.

use proptest::prelude::*;

use crate::geometry::{Direction, Geometry};
use crate::testing::{noise, to_f64};
use crate::{Conv, Simd, Volumes, Window, Workspace, reference};

/// The slope of `loss` along one value.
fn finite_difference(values: &[f64], at: usize, loss: impl Fn(&[f64]) -> f64) -> f64 {
    // The loss is linear in each of its arguments: a difference of any width only has rounding errors.
    let [above, below] = [0.5, -0.5].map(|difference| {
        let mut values = values.to_vec();
        values[at] += difference;
        loss(&values)
    });
    above - below
}

#[track_caller]
fn assert_near(name: &str, at: usize, found: f64, expected: f64, bound: f64) {
    assert!(
        (found - expected).abs() <= bound * expected.abs().max(1.0),
        "{name}[{at}] is {found}, not {expected}"
    );
}

/// The sum of the outputs, weighted with `dy`.
fn weighted_output(
    geometry: &Geometry,
    direction: Direction,
    x: &[f64],
    weights: &[f64],
    dy: &[f64],
) -> f64 {
    let mut y = vec![0.0; dy.len()];
    reference::convolve(geometry, direction, x, weights, &mut y);
    y.iter().zip(dy).map(|(y, dy)| y * dy).sum()
}

fn check_gradients(geometry: &Geometry, direction: Direction, seed: u64) {
    let (from, to) = direction.ends(geometry);
    let (x32, w32) = (
        noise(from.len(), seed),
        noise(geometry.weights_len(), seed + 1),
    );
    let dy32 = noise(to.len(), seed + 2);
    let (x, weights, dy) = (to_f64(&x32), to_f64(&w32), to_f64(&dy32));
    let mut dx = vec![0.0; x.len()];
    reference::convolve(geometry, direction.reversed(), &dy, &weights, &mut dx);
    let mut dw = vec![0.0; weights.len()];
    let (big, small) = if direction == Direction::Gather {
        (&x, &dy)
    } else {
        (&dy, &x)
    };
    reference::weight_gradient(geometry, big, small, &mut dw);
    for (at, found) in dx.iter().enumerate() {
        assert_near(
            "dx",
            at,
            *found,
            finite_difference(&x, at, |x| {
                weighted_output(geometry, direction, x, &weights, &dy)
            }),
            1e-11,
        );
    }
    for (at, found) in dw.iter().enumerate() {
        assert_near(
            "dw",
            at,
            *found,
            finite_difference(&weights, at, |weights| {
                weighted_output(geometry, direction, &x, weights, &dy)
            }),
            1e-11,
        );
    }

    // The engine against the same gradients.
    for &simd in Simd::available() {
        let (mut dx32, mut dw32) = (vec![f32::NAN; x.len()], vec![f32::NAN; weights.len()]);
        let mut workspace = Workspace::new();
        let layer = Conv::new(from, to.channels(), geometry.window)
            .unwrap()
            .with_simd(simd)
            .unwrap();
        layer
            .input_gradient(&dy32, &w32, &mut dx32, &mut workspace)
            .unwrap();
        layer
            .weight_gradient(&x32, &dy32, &mut dw32, &mut workspace)
            .unwrap();
        for (at, found) in dx32.iter().enumerate() {
            assert_near("dx", at, f64::from(*found), dx[at], 1e-5);
        }
        for (at, found) in dw32.iter().enumerate() {
            assert_near("dw", at, f64::from(*found), dw[at], 1e-5);
        }
    }
}

fn any_axes(most: usize) -> impl Strategy<Value = [usize; 3]> {
    [1..=most, 1..=most, 1..=most]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri; the reference is safe code, and other tests run the engine there")]
    fn the_gradients_agree_with_finite_differences(
        (batch, size, inputs, outputs) in (1..3_usize, any_axes(4), 1..4_usize, 1..4_usize),
        (kernel, stride, dilation) in (any_axes(3), any_axes(3), any_axes(2)),
        (padding, extra) in ([0..2_usize, 0..2_usize, 0..2_usize], [0..2_usize, 0..2_usize, 0..2_usize]),
        groups in 1..3_usize,
        transposed in any::<bool>(),
        seed in any::<u16>(),
    ) {
        let window = Window::volume(kernel).with_stride(stride).with_dilation(dilation).with_padding(padding).with_groups(groups);
        let input = Volumes::new(batch, size, inputs * groups).unwrap();
        let window = if transposed { window.with_output_padding(extra).with_transposed(true) } else { window };
        if let Ok(geometry) = Geometry::new(input, outputs * groups, window) {
            check_gradients(&geometry, Direction::of_forward(&window), u64::from(seed));
        }
    }
}
