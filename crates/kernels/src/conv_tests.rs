//! The engine against the reference implementation, over random shapes and every instruction set of this machine.

use proptest::prelude::*;

use crate::bf16::{round_to_bf16, widen_value};
use crate::geometry::{Direction, Geometry};
use crate::reference;
use crate::testing::{noise, run_guarded, to_comparable_bits, to_f64};
use crate::{Activation, Conv, ConvMethod, Simd, Volumes, Window, Workspace};

/// Fails where two results differ by more than the rounding error of a sum of so many products.
#[track_caller]
fn assert_close(name: &str, found: &[f32], expected: &[f64], products: usize) {
    let bound = 1e-6 * (products as f64).sqrt().max(4.0);
    assert_eq!(found.len(), expected.len());
    for (at, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!(
            (f64::from(*f) - e).abs() <= bound * e.abs().max(1.0),
            "{name}[{at}] is {f}, should be {e}"
        );
    }
}

fn check_conv(input: Volumes, outputs: usize, window: Window, direction: Direction, seed: u64) {
    let window = window.with_transposed(direction == Direction::Spread);
    let Ok(geometry) = Geometry::new(input, outputs, window) else {
        return;
    };
    let (from, to) = direction.ends(&geometry);
    let (x, dy) = (noise(from.len(), seed), noise(to.len(), seed + 1));
    let (weights, bias) = (
        noise(geometry.weights_len(), seed + 2),
        noise(to.channels(), seed + 3),
    );
    let products = from.channels() * geometry.window.taps();

    let mut y_wide = vec![0.0; to.len()];
    reference::convolve(
        &geometry,
        direction,
        &to_f64(&x),
        &to_f64(&weights),
        &mut y_wide,
    );
    let before = noise(to.len(), seed + 4);
    let mut sum_wide = to_f64(&before);
    let rows = y_wide.chunks_exact_mut(bias.len());
    for (row, sums) in rows.zip(sum_wide.chunks_exact_mut(bias.len())) {
        for ((y, sum), bias) in row.iter_mut().zip(sums).zip(&bias) {
            *y += f64::from(*bias);
            *sum += *y;
            *y = y.max(0.0);
        }
    }
    let mut dx_wide = vec![0.0; from.len()];
    reference::convolve(
        &geometry,
        direction.reversed(),
        &to_f64(&dy),
        &to_f64(&weights),
        &mut dx_wide,
    );
    let mut dw_wide = vec![0.0; geometry.weights_len()];
    let (big, small) = if direction == Direction::Gather {
        (&x, &dy)
    } else {
        (&dy, &x)
    };
    reference::weight_gradient(&geometry, &to_f64(big), &to_f64(small), &mut dw_wide);

    for &simd in Simd::available() {
        let layer = Conv::new(input, outputs, window)
            .unwrap()
            .with_simd(simd)
            .unwrap();
        // The other methods have tests of their own.
        let layer = layer.with_method(ConvMethod::Direct).unwrap();
        let mut workspace = Workspace::new();
        let mut y = vec![f32::NAN; to.len()];
        let packed = layer.pack(&weights).unwrap();
        layer
            .forward(
                &x,
                &packed,
                Some(&bias),
                Activation::Relu,
                &mut y,
                &mut workspace,
            )
            .unwrap();
        assert_close("y", &y, &y_wide, products);
        // Weights that are kept in 16 bits give the same bits as weights that were rounded before.
        let rounded: Vec<f32> = weights
            .iter()
            .map(|weight| widen_value(round_to_bf16(*weight)))
            .collect();
        let narrow = layer.pack(&weights).unwrap().into_bf16();
        let [found, expected] = [narrow, layer.pack(&rounded).unwrap()].map(|packed| {
            let start = vec![f32::NAN; to.len()];
            let (y, done) = run_guarded(&start, |y| {
                let (bias, relu) = (Some(&bias[..]), Activation::Relu);
                layer.forward(&x, &packed, bias, relu, y, &mut workspace)
            });
            done.unwrap();
            to_comparable_bits(&y)
        });
        assert!(found == expected, "weights in 16 bits with {simd:?}");
        let mut sum = before.clone();
        layer
            .forward_add(
                &x,
                &packed,
                Some(&bias),
                Activation::Identity,
                &mut sum,
                &mut workspace,
            )
            .unwrap();
        assert_close("sum", &sum, &sum_wide, products);
        let mut dx = vec![f32::NAN; from.len()];
        layer
            .input_gradient(&dy, &weights, &mut dx, &mut workspace)
            .unwrap();
        assert_close("dx", &dx, &dx_wide, to.channels() * geometry.window.taps());
        let mut dw = vec![f32::NAN; geometry.weights_len()];
        layer
            .weight_gradient(&x, &dy, &mut dw, &mut workspace)
            .unwrap();
        assert_close("dw", &dw, &dw_wide, geometry.small.positions());
    }
}

fn any_axes(most: usize) -> impl Strategy<Value = [usize; 3]> {
    [1..=most, 1..=most, 1..=most]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 400 }, ..ProptestConfig::default() })]

    #[test]
    fn any_window_agrees_with_the_definition(
        (batch, size, inputs, outputs) in (1..9_usize, any_axes(7), 1..20_usize, 1..20_usize),
        (kernel, stride, dilation) in (any_axes(4), any_axes(3), any_axes(2)),
        padding in [0..3_usize, 0..3_usize, 0..3_usize],
        groups in prop_oneof![4 => Just(1_usize), 1 => 2..4_usize],
        transposed in any::<bool>(),
        seed in any::<u32>(),
    ) {
        // Small shapes under Miri: the next test runs every method of the engine there.
        let (most, most_channels) = if cfg!(miri) { (2, 4) } else { (usize::MAX, usize::MAX) };
        let [size, kernel] = [size, kernel].map(|axes| axes.map(|n| n.min(most)));
        let (batch, inputs, outputs) = (batch.min(most), inputs.min(most_channels), outputs.min(most_channels));
        let window = Window::volume(kernel).with_stride(stride).with_dilation(dilation).with_padding(padding).with_groups(groups);
        let direction = if transposed { Direction::Spread } else { Direction::Gather };
        let input = Volumes::new(batch, size, inputs * groups).unwrap();
        check_conv(input, outputs * groups, window, direction, u64::from(seed));
    }
}

/// A small layer for every method of the engine. Under Miri parts and chunks are small, so that these layers have several.
#[test]
fn every_method_agrees_with_the_definition() {
    let volume = Window::volume([3; 3])
        .with_stride([1, 2, 2])
        .with_padding([1; 3]);
    let cases = [
        // A row of taps is read as one, or folded in a spread.
        (Volumes::images(1, 3, 4, 2), 2, Window::square(4, 2, 1)),
        // One position of several images in a tile; several panels, the last one incomplete; dilated taps.
        (
            Volumes::images(7, 1, 3, 3),
            10,
            Window::image([1, 2]).with_dilation([1, 1, 2]),
        ),
        // More channels than a part of a sum has, and several groups of taps.
        (Volumes::rows(1, 20), 1, Window::point()),
        (Volumes::images(1, 1, 2, 17), 1, Window::image([1, 2])),
        // The weight gradient of a linear layer, over more rows than a chunk has.
        (Volumes::rows(9, 2), 3, Window::point()),
        (Volumes::new(1, [2, 3, 3], 1), 2, volume),
        (
            Volumes::images(2, 2, 2, 4),
            2,
            Window::square(2, 2, 0).with_groups(2),
        ),
    ];
    for (at, (input, outputs, window)) in cases.into_iter().enumerate() {
        for direction in [Direction::Gather, Direction::Spread] {
            check_conv(
                input.clone().unwrap(),
                outputs,
                window,
                direction,
                at as u64,
            );
        }
    }
    // A weight gradient over several parts and several chunks.
    let (input, every_other) = (
        Volumes::images(1, 3, 26, 1),
        Window::point().with_stride([1, 1, 2]),
    );
    check_conv(input.unwrap(), 9, every_other, Direction::Gather, 7);
}

/// The windows of the networks in `oddframe-models`, with several panels of channels and several parts of sums.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_windows_of_the_models_agree_with_the_definition() {
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
            Window::volume([3; 3])
                .with_stride([1, 2, 2])
                .with_padding([1; 3]),
        ),
    ];
    for (at, (input, outputs, window)) in cases.into_iter().enumerate() {
        for direction in [Direction::Gather, Direction::Spread] {
            check_conv(
                input.clone().unwrap(),
                outputs,
                window,
                direction,
                at as u64,
            );
        }
    }
}

/// The windows of RAFT: a stem of 7 x 7 with stride 2, few channels, and a GRU's rows and columns of taps.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_windows_of_optical_flow_agree_with_the_definition() {
    let row = Window::image([1, 5]).with_padding([0, 0, 2]);
    let column = Window::image([5, 1]).with_padding([0, 2, 0]);
    let cases = [
        (Volumes::images(2, 18, 22, 3), 64, Window::square(7, 2, 3)),
        (Volumes::images(1, 9, 13, 2), 128, Window::square(7, 1, 3)),
        (Volumes::images(1, 9, 13, 100), 70, row),
        (Volumes::images(2, 9, 13, 100), 70, column),
        (Volumes::images(1, 9, 13, 64), 2, Window::square(3, 1, 1)),
        (Volumes::images(2, 9, 12, 64), 96, Window::square(1, 2, 0)),
    ];
    for (at, (input, outputs, window)) in cases.into_iter().enumerate() {
        check_conv(
            input.unwrap(),
            outputs,
            window,
            Direction::Gather,
            at as u64,
        );
    }
}
