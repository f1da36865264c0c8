//! The fast path against the plain one, over random shapes and every instruction set of this machine.

use proptest::prelude::*;

use crate::engine::Direction;
use crate::geometry::Geometry;
use crate::layer::Layer;
use crate::{Activation, Simd, Volumes, Window, Workspace, plain};

/// Numbers in -1 to 1 that differ from place to place.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
        })
        .collect()
}

/// Fails where two results differ by more than rounding over so many products can explain.
#[track_caller]
fn assert_close(name: &str, found: &[f32], expected: &[f64], products: usize) {
    let bound = 1e-6 * (products as f64).sqrt().max(4.0);
    assert_eq!(found.len(), expected.len());
    for (at, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*f) - e).abs() <= bound * e.abs().max(1.0), "{name}[{at}] is {f}, should be {e}");
    }
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

fn check(input: Volumes, outputs: usize, window: Window, direction: Direction, seed: u64) {
    let geometry = match direction {
        Direction::Gather => Geometry::conv(input, outputs, window),
        Direction::Spread => Geometry::transposed(input, outputs, window),
    };
    let Ok(geometry) = geometry else { return };
    let (from, to) = direction.ends(&geometry);
    let (x, dy) = (noise(from.len(), seed), noise(to.len(), seed + 1));
    let (weights, bias) = (noise(geometry.weights_len(), seed + 2), noise(to.channels(), seed + 3));
    let products = from.channels() * geometry.window.taps();

    let mut y_wide = vec![0.0; to.len()];
    plain::sums(&geometry, direction, &wide(&x), &wide(&weights), &mut y_wide);
    for row in y_wide.chunks_exact_mut(bias.len()) {
        row.iter_mut().zip(&bias).for_each(|(y, b)| *y = (*y + f64::from(*b)).max(0.0));
    }
    let mut dx_wide = vec![0.0; from.len()];
    plain::sums(&geometry, direction.back(), &wide(&dy), &wide(&weights), &mut dx_wide);
    let mut dw_wide = vec![0.0; geometry.weights_len()];
    let (big, small) = if direction == Direction::Gather { (&x, &dy) } else { (&dy, &x) };
    plain::outer(&geometry, &wide(big), &wide(small), &mut dw_wide);

    for &simd in Simd::available() {
        let layer = Layer::new(geometry, direction, simd);
        let mut workspace = Workspace::new();
        let mut y = vec![f32::NAN; to.len()];
        let packed = layer.pack(&weights).unwrap();
        layer.forward(&x, &packed, Some(&bias), Activation::Relu, &mut y, &mut workspace).unwrap();
        assert_close("y", &y, &y_wide, products);
        let mut dx = vec![f32::NAN; from.len()];
        layer.input_gradient(&dy, &weights, &mut dx, &mut workspace).unwrap();
        assert_close("dx", &dx, &dx_wide, to.channels() * geometry.window.taps());
        let mut dw = vec![f32::NAN; geometry.weights_len()];
        layer.weight_gradient(&x, &dy, &mut dw, &mut workspace).unwrap();
        assert_close("dw", &dw, &dw_wide, geometry.small.positions());
    }
}

fn axis(most: usize) -> impl Strategy<Value = [usize; 3]> {
    [1..=most, 1..=most, 1..=most]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 400 }, ..ProptestConfig::default() })]

    #[test]
    fn any_window_agrees_with_the_definition(
        (batch, size, inputs, outputs) in (1..9_usize, axis(7), 1..20_usize, 1..20_usize),
        (kernel, stride, dilation) in (axis(4), axis(3), axis(2)),
        padding in [0..3_usize, 0..3_usize, 0..3_usize],
        groups in prop_oneof![4 => Just(1_usize), 1 => 2..4_usize],
        transposed in any::<bool>(),
        seed in any::<u32>(),
    ) {
        // The test below has Miri look at every way a layer may take.
        let few = |n: [usize; 3]| if cfg!(miri) { n.map(|n| n.min(2)) } else { n };
        let (size, kernel, batch) = (few(size), few(kernel), few([batch; 3])[0]);
        let (inputs, outputs) = if cfg!(miri) { (inputs.min(4), outputs.min(4)) } else { (inputs, outputs) };
        let window = Window::volume(kernel).with_stride(stride).with_dilation(dilation).with_padding(padding).with_groups(groups);
        let direction = if transposed { Direction::Spread } else { Direction::Gather };
        let input = Volumes::new(batch, size, inputs * groups).unwrap();
        check(input, outputs * groups, window, direction, u64::from(seed));
    }
}

/// A small layer for every way through the engine, as Miri sees it: there, parts and chunks are small as well.
#[test]
fn every_way_agrees_with_the_definition() {
    let volume = Window::volume([3; 3]).with_stride([1, 2, 2]).with_padding([1; 3]);
    let cases = [
        // Rows of taps read as one, and folded where they are spread.
        (Volumes::images(1, 3, 4, 2), 2, Window::square(4, 2, 1)),
        // The same place of six images and more in one tile; several panels, the last one short; taps that lie apart.
        (Volumes::images(7, 1, 3, 3), 10, Window::image([1, 2]).with_dilation([1, 1, 2])),
        // More channels than one part of a sum covers, and taps in several groups.
        (Volumes::rows(1, 20), 1, Window::point()),
        (Volumes::images(1, 1, 2, 17), 1, Window::image([1, 2])),
        // A product of more rows than are summed at once.
        (Volumes::rows(9, 2), 3, Window::point()),
        (Volumes::new(1, [2, 3, 3], 1), 2, volume),
        (Volumes::images(2, 2, 2, 4), 2, Window::square(2, 2, 0).with_groups(2)),
    ];
    for (at, (input, outputs, window)) in cases.into_iter().enumerate() {
        for direction in [Direction::Gather, Direction::Spread] {
            check(input.clone().unwrap(), outputs, window, direction, at as u64);
        }
    }
    // Positions in several parts, of more than are summed before a tile goes back to memory.
    let (input, every_other) = (Volumes::images(1, 3, 26, 1), Window::point().with_stride([1, 1, 2]));
    check(input.unwrap(), 9, every_other, Direction::Gather, 7);
}

/// The zoo's windows, with channel counts that fill several panels and depths that take several parts.
#[test]
#[cfg_attr(miri, ignore = "too slow there")]
fn the_windows_of_the_zoo_agree_with_the_definition() {
    let square = Window::square;
    let cases = [
        (Volumes::images(2, 16, 16, 3), 32, square(4, 2, 1)),
        (Volumes::images(3, 9, 8, 70), 130, square(4, 2, 1)),
        (Volumes::images(7, 4, 4, 96), 72, square(4, 2, 1)),
        (Volumes::images(2, 12, 10, 40), 48, square(3, 1, 1)),
        (Volumes::images(2, 9, 9, 24), 24, square(3, 2, 1)),
        (Volumes::images(9, 2, 2, 300), 20, square(4, 2, 1)),
        (Volumes::rows(13, 2500), 70, Window::point()),
        (Volumes::rows(1, 33), 2500, Window::point()),
        (
            Volumes::new(2, [4, 6, 6], 33),
            20,
            Window::volume([3; 3]).with_stride([1, 2, 2]).with_padding([1; 3]),
        ),
    ];
    for (at, (input, outputs, window)) in cases.into_iter().enumerate() {
        for direction in [Direction::Gather, Direction::Spread] {
            check(input.clone().unwrap(), outputs, window, direction, at as u64);
        }
    }
}
