//! The definition's gradients against finite differences of the definition: what every other test of a gradient rests
//! on. In f64, where a difference tells seven digits and more.

use proptest::prelude::*;

use crate::engine::Direction;
use crate::geometry::Geometry;
use crate::layer_tests::noise;
use crate::{Conv, ConvTranspose, Simd, Volumes, Window, Workspace, plain};

fn wide(len: usize, seed: u64) -> Vec<f64> {
    noise(len, seed).into_iter().map(f64::from).collect()
}

/// The slope of `loss` along one value.
fn slope(values: &[f64], at: usize, loss: impl Fn(&[f64]) -> f64) -> f64 {
    // The loss is linear in each of its arguments: the difference has no error but rounding, at any width.
    let beside = |by: f64| {
        let mut values = values.to_vec();
        values[at] += by;
        loss(&values)
    };
    (beside(0.5) - beside(-0.5)) / 1.0
}

#[track_caller]
fn assert_near(name: &str, at: usize, found: f64, expected: f64, bound: f64) {
    assert!(
        (found - expected).abs() <= bound * expected.abs().max(1.0),
        "{name}[{at}] is {found}, not {expected}"
    );
}

fn check(geometry: &Geometry, direction: Direction, seed: u64) {
    let (from, to) = direction.ends(geometry);
    let (x, weights) = (wide(from.len(), seed), wide(geometry.weights_len(), seed + 1));
    let dy = wide(to.len(), seed + 2);
    let loss = |x: &[f64], weights: &[f64]| {
        let mut y = vec![0.0; to.len()];
        plain::sums(geometry, direction, x, weights, &mut y);
        y.iter().zip(&dy).map(|(y, dy)| y * dy).sum::<f64>()
    };
    let mut dx = vec![0.0; x.len()];
    plain::sums(geometry, direction.back(), &dy, &weights, &mut dx);
    let mut dw = vec![0.0; weights.len()];
    let (big, small) = if direction == Direction::Gather { (&x, &dy) } else { (&dy, &x) };
    plain::outer(geometry, big, small, &mut dw);
    for (at, found) in dx.iter().enumerate() {
        assert_near("dx", at, *found, slope(&x, at, |x| loss(x, &weights)), 1e-11);
    }
    for (at, found) in dw.iter().enumerate() {
        assert_near("dw", at, *found, slope(&weights, at, |weights| loss(&x, weights)), 1e-11);
    }

    // The fast path against the same differences, with nothing between.
    let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<_>>();
    let (x32, w32, dy32) = (narrow(&x), narrow(&weights), narrow(&dy));
    for &simd in Simd::available() {
        let (mut dx32, mut dw32) = (vec![f32::NAN; x.len()], vec![f32::NAN; weights.len()]);
        let mut workspace = Workspace::new();
        let window = geometry.window;
        let outputs = to.channels();
        macro_rules! gradients {
            ($kind:ident) => {{
                let layer = $kind::new(from, outputs, window).unwrap().with_simd(simd).unwrap();
                layer.input_gradient(&dy32, &w32, &mut dx32, &mut workspace).unwrap();
                layer.weight_gradient(&x32, &dy32, &mut dw32, &mut workspace).unwrap();
            }};
        }
        match direction {
            Direction::Gather => gradients!(Conv),
            Direction::Spread => gradients!(ConvTranspose),
        }
        for (at, found) in dx32.iter().enumerate() {
            assert_near("dx", at, f64::from(*found), dx[at], 1e-5);
        }
        for (at, found) in dw32.iter().enumerate() {
            assert_near("dw", at, f64::from(*found), dw[at], 1e-5);
        }
    }
}

fn axis(most: usize) -> impl Strategy<Value = [usize; 3]> {
    [1..=most, 1..=most, 1..=most]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 40 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_definition_has_the_gradients_it_says(
        (batch, size, inputs, outputs) in (1..3_usize, axis(4), 1..4_usize, 1..4_usize),
        (kernel, stride, dilation) in (axis(3), axis(3), axis(2)),
        (padding, extra) in ([0..2_usize, 0..2_usize, 0..2_usize], [0..2_usize, 0..2_usize, 0..2_usize]),
        groups in 1..3_usize,
        transposed in any::<bool>(),
        seed in any::<u16>(),
    ) {
        let window = Window::volume(kernel).with_stride(stride).with_dilation(dilation).with_padding(padding).with_groups(groups);
        let input = Volumes::new(batch, size, inputs * groups).unwrap();
        let (geometry, direction) = if transposed {
            (Geometry::transposed(input, outputs * groups, window.with_output_padding(extra)), Direction::Spread)
        } else {
            (Geometry::conv(input, outputs * groups, window), Direction::Gather)
        };
        if let Ok(geometry) = geometry {
            check(&geometry, direction, u64::from(seed));
        }
    }
}
