//! The kernels against the definitions in `f64`, over random shapes and every instruction set of this machine.

use proptest::prelude::*;

use super::{Depthwise, MaxPool, PlaneWindow};
use crate::testing::{
    activation_value, any_activation, assert_length_error, assert_parameter_error, noise,
    run_guarded,
};
use crate::{Activation, Conv, Error, Simd, Volumes, Window, Workspace};

/// The input values under the window of each output value, in the order of the taps, with the number of the tap.
fn values_under_windows(input: Volumes, window: PlaneWindow, x: &[f32]) -> Vec<Vec<(usize, f64)>> {
    let [_, height, width] = input.size();
    let [rows, columns] = window.output_size([height, width]).unwrap();
    let mut all = Vec::new();
    for (image, row, column, channel) in (0..input.batch()).flat_map(|image| {
        (0..rows).flat_map(move |row| {
            (0..columns).flat_map(move |column| {
                (0..input.channels()).map(move |channel| (image, row, column, channel))
            })
        })
    }) {
        let mut values = Vec::new();
        for tap in 0..window.kernel[0] * window.kernel[1] {
            let y = (row * window.stride[0] + tap / window.kernel[1]) as isize
                - window.padding[0][0] as isize;
            let x_at = (column * window.stride[1] + tap % window.kernel[1]) as isize
                - window.padding[1][0] as isize;
            if (0..height as isize).contains(&y) && (0..width as isize).contains(&x_at) {
                let at = (image * height + y as usize) * width + x_at as usize;
                values.push((tap, f64::from(x[at * input.channels() + channel])));
            }
        }
        all.push(values);
    }
    all
}

fn check_window(input: Volumes, window: PlaneWindow, activation: Activation, seed: u64) {
    let Ok(layer) = Depthwise::new(input, window) else {
        return;
    };
    let pool = MaxPool::new(input, window).unwrap();
    assert_eq!(
        (layer.output(), layer.input()),
        (pool.output(), pool.input())
    );
    let x = noise(input.len(), seed);
    let weights = noise(layer.weights_len(), seed + 1);
    let bias = noise(input.channels(), seed + 2);
    let under = values_under_windows(input, window, &x);
    let taps = window.kernel[0] * window.kernel[1];
    for &simd in Simd::available() {
        let layer = layer.with_simd(simd).unwrap();
        let ordered = layer.order_weights(&weights).unwrap();
        let unset = vec![f32::NAN; layer.output().len()];
        for bias in [Some(&bias[..]), None] {
            let (y, done) =
                run_guarded(&unset, |y| layer.forward(&x, &ordered, bias, activation, y));
            done.unwrap();
            for (at, (y, under)) in y.iter().zip(&under).enumerate() {
                let channel = at % input.channels();
                let start = bias.map_or(0.0, |bias| f64::from(bias[channel]));
                let sum = under.iter().fold(start, |sum, (tap, value)| {
                    sum + f64::from(weights[channel * taps + tap]) * value
                });
                let expected = activation_value(activation, sum);
                assert!(
                    (f64::from(*y) - expected).abs() <= 4e-6 * expected.abs().max(1.0),
                    "{y} at {at}, should be {expected}, with {simd:?}"
                );
            }
        }
        let pool = pool.with_simd(simd).unwrap();
        let (y, done) = run_guarded(&unset, |y| pool.forward(&x, y));
        done.unwrap();
        for (y, under) in y.iter().zip(&under) {
            let largest = under.iter().map(|(_, value)| *value);
            assert_eq!(f64::from(*y), largest.fold(f64::NEG_INFINITY, f64::max));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 200 }, ..ProptestConfig::default() })]

    #[test]
    fn any_window_agrees_with_the_definition(
        (batch, height, width, channels) in (1..4_usize, 1..12_usize, 1..20_usize, 1..40_usize),
        (kernel, stride) in ([1..6_usize, 1..6_usize], [1..4_usize, 1..4_usize]),
        padding in [[0..3_usize, 0..3_usize], [0..3_usize, 0..3_usize]],
        activation in any_activation(),
        seed in any::<u32>(),
    ) {
        let limit = |n: usize, most| if cfg!(miri) { n.min(most) } else { n };
        let input = Volumes::images(limit(batch, 2), limit(height, 4), limit(width, 8), limit(channels, 9)).unwrap();
        check_window(input, PlaneWindow { kernel, stride, padding }, activation, u64::from(seed));
    }
}

/// Several tasks, whole blocks and the windows of the networks, with TensorFlow's padding.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_windows_of_the_backbones_agree_with_the_definition() {
    let sizes = [(28, 96), (14, 144), (7, 240)];
    for ((side, channels), kernel) in sizes.into_iter().flat_map(|size| [(size, 3), (size, 5)]) {
        for stride in [1, 2] {
            let input = Volumes::images(2, side, side, channels).unwrap();
            let symmetric = PlaneWindow::square(kernel, stride, kernel / 2);
            check_window(input, symmetric, Activation::Relu6, 5);
            let same = PlaneWindow::same(kernel, stride, [side, side]);
            check_window(input, same, Activation::Relu6, 6);
        }
    }
}

#[test]
fn it_is_a_convolution_with_a_group_for_each_channel() {
    let input = Volumes::images(2, 5, 6, 7).unwrap();
    let layer = Depthwise::new(input, PlaneWindow::square(3, 2, 1)).unwrap();
    let conv = Conv::new(input, 7, Window::square(3, 2, 1).with_groups(7)).unwrap();
    let (x, weights) = (noise(input.len(), 1), noise(layer.weights_len(), 2));
    let (mut y, mut expected) = (
        vec![0.0; layer.output().len()],
        vec![0.0; conv.output().len()],
    );
    let ordered = layer.order_weights(&weights).unwrap();
    layer
        .forward(&x, &ordered, None, Activation::Identity, &mut y)
        .unwrap();
    conv.forward_unpacked(
        &x,
        &weights,
        None,
        Activation::Identity,
        &mut expected,
        &mut Workspace::new(),
    )
    .unwrap();
    assert!(y.iter().zip(&expected).all(|(y, e)| (y - e).abs() < 1e-5));
}

#[test]
fn wrong_shapes_are_refused() {
    let input = Volumes::images(1, 4, 4, 2).unwrap();
    let window = PlaneWindow::square(3, 1, 1);
    let layer = Depthwise::new(input, window).unwrap();
    let (x, weights, mut y) = ([0.0; 32], [0.0; 18], [0.0; 32]);
    let identity = Activation::Identity;
    assert_length_error(layer.order_weights(&weights[1..]), "the weights");
    assert_length_error(
        layer.forward(&x, &weights[1..], None, identity, &mut y),
        "the weights",
    );
    assert_length_error(
        layer.forward(&x[1..], &weights, None, identity, &mut y),
        "the input",
    );
    assert_length_error(
        layer.forward(&x, &weights, Some(&[0.0]), identity, &mut y),
        "the bias",
    );
    assert_length_error(
        layer.forward(&x, &weights, None, identity, &mut y[1..]),
        "the output",
    );
    assert_parameter_error(
        Depthwise::new(input, PlaneWindow::square(2, 1, 2)),
        "the padding of a window over channels",
    );
    assert_parameter_error(
        MaxPool::new(Volumes::new(1, [2, 4, 4], 2).unwrap(), window),
        "the depth of the images",
    );
    assert_eq!(
        MaxPool::new(input, PlaneWindow::square(0, 1, 0)).unwrap_err(),
        Error::Zero { what: "the kernel" }
    );
    assert!(matches!(
        MaxPool::new(input, PlaneWindow::square(5, 1, 0)),
        Err(Error::WindowTooLarge { axis: "height", .. })
    ));
}
