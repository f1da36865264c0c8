use proptest::prelude::*;

use super::weights::MOST;
use super::{ByteRange, Int8Conv, Int8Target};
use crate::testing::{assert_length_error, assert_parameter_error, noise, run_guarded};
use crate::{Activation, Conv, Error, Simd, Volumes, Window, Workspace, transpose};

/// A value as the bytes hold it.
fn round_to(value: f32, range: ByteRange) -> f32 {
    let zero = f32::from(range.zero());
    let place = (value * range.scale().recip() + zero).clamp(0.0, 255.0);
    (place.round_ties_even() - zero) * range.scale()
}

/// Weights as bytes hold them: one scale for each output channel.
fn round_weights(weights: &[f32], window: &Window, [inputs, outputs]: [usize; 2]) -> Vec<f32> {
    let taps = window.kernel.iter().product::<usize>();
    let channel_of = |at: usize| {
        let row = at / taps;
        if window.transposed {
            row % outputs
        } else {
            row / inputs
        }
    };
    let mut largest = vec![0.0_f32; outputs];
    for (at, weight) in weights.iter().enumerate() {
        largest[channel_of(at)] = largest[channel_of(at)].max(weight.abs());
    }
    weights
        .iter()
        .enumerate()
        .map(|(at, weight)| {
            let scale = largest[channel_of(at)] / MOST;
            (weight / scale).round_ties_even() * scale
        })
        .collect()
}

/// The layer in floats on the values that the bytes stand for, planes in and out.
fn run_in_floats(
    input: Volumes,
    outputs: usize,
    window: Window,
    [planes, weights, bias]: [&[f32]; 3],
    activation: Activation,
) -> Vec<f32> {
    let conv = Conv::new(input, outputs, window).unwrap();
    let (mut x, mut y) = (planes.to_vec(), vec![0.0; conv.output().len()]);
    let positions = |volumes: Volumes| volumes.positions() / volumes.batch();
    transpose(planes, &mut x, input.channels(), positions(input)).unwrap();
    let (bias, mut workspace) = (Some(bias), Workspace::new());
    conv.forward_unpacked(&x, weights, bias, activation, &mut y, &mut workspace)
        .unwrap();
    let mut planes = y.clone();
    transpose(&y, &mut planes, positions(conv.output()), outputs).unwrap();
    planes
}

fn check_layer(input: Volumes, outputs: usize, window: Window, activation: Activation, seed: u64) {
    let range = ByteRange::new(-0.7, 0.9).unwrap(); // some values are cut
    let planes = noise(input.len(), seed);
    let count = input.channels() * outputs * window.kernel.iter().product::<usize>();
    let (weights, bias) = (noise(count, seed + 1), noise(outputs, seed + 2));
    let rounded: Vec<f32> = planes.iter().map(|value| round_to(*value, range)).collect();
    let rounded_weights = round_weights(&weights, &window, [input.channels(), outputs]);
    let values = [&*rounded, &*rounded_weights, &*bias];
    let expected = run_in_floats(input, outputs, window, values, activation);
    let products = count as f32 / outputs as f32;
    let mut first: Option<Vec<f32>> = None;
    for &simd in Simd::available() {
        let conv = Int8Conv::new(input, outputs, window)
            .unwrap()
            .with_simd(simd);
        let packed = conv.pack(&weights, Some(&bias), range).unwrap();
        let mut bytes = vec![0; conv.input_bytes()];
        conv.quantize(&planes, range, &mut bytes).unwrap();
        let (found, done) = run_guarded(&vec![f32::NAN; conv.output().len()], |planes| {
            conv.forward(&bytes, &packed, activation, Int8Target::Planes(planes))
        });
        done.unwrap();
        for (found, expected) in found.iter().zip(&expected) {
            // The sums here are exact; the reference rounds each of its additions.
            let fits = (found - expected).abs() <= 1e-6 * products.max(1.0);
            assert!(
                fits,
                "{found}, should be {expected}, with {simd:?}, {window:?}"
            );
        }
        // Only the curved activations may round differently from one instruction set to the next.
        let tolerance = match activation {
            Activation::Sigmoid | Activation::Tanh => 1e-6,
            _ => 0.0,
        };
        let first = first.get_or_insert_with(|| found.clone());
        for (found, first) in found.iter().zip(&*first) {
            assert!((found - first).abs() <= tolerance, "{simd:?}");
        }
    }
}

fn any_window() -> impl Strategy<Value = Window> {
    let axis = || (1..=4_usize, 1..=3_usize, 0..=2_usize, 1..=2_usize);
    (axis(), axis(), 1..=2_usize, any::<bool>()).prop_map(|(height, width, depth, transposed)| {
        let (kernel, stride) = ([depth, height.0, width.0], [1, height.1, width.1]);
        let window = Window::volume(kernel).with_stride(stride);
        let window = window
            .with_padding([0, height.2, width.2])
            .with_transposed(transposed);
        if transposed {
            // At most one less than the stride.
            window.with_output_padding([0, height.3.min(height.1) - 1, 0])
        } else {
            window.with_dilation([1, height.3, width.3])
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 300 }, ..ProptestConfig::default() })]

    #[test]
    fn any_layer_is_the_float_layer_on_rounded_values(
        window in any_window(),
        batch in 1..4_usize,
        size in [2..3_usize, 1..14, 1..14],
        channels in prop_oneof![1..40_usize, Just(64), Just(130)],
        outputs in prop_oneof![1..40_usize, Just(64), Just(100)],
        activation in crate::testing::any_activation(),
        seed in any::<u32>(),
    ) {
        let most = if cfg!(miri) { 3 } else { usize::MAX };
        let (size, channels, outputs) = (size.map(|n| n.min(most)), channels.min(most), outputs.min(most));
        let input = Volumes::new(batch.min(most), size, channels).unwrap();
        // Windows that do not fit are another test's.
        prop_assume!(Conv::new(input, outputs, window).is_ok());
        check_layer(input, outputs, window, activation, u64::from(seed));
    }
}

/// The shapes of the networks: layers of 4 by 4 with stride 2, and a linear layer for a batch.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn layers_of_the_networks() {
    let halve = Window::square(4, 2, 1);
    let leaky = Activation::LeakyRelu(0.2);
    check_layer(Volumes::images(2, 32, 32, 16).unwrap(), 32, halve, leaky, 1);
    check_layer(
        Volumes::images(2, 16, 16, 128).unwrap(),
        256,
        halve,
        Activation::Relu,
        2,
    );
    let double = halve.with_transposed(true);
    check_layer(
        Volumes::images(2, 8, 8, 256).unwrap(),
        128,
        double,
        leaky,
        3,
    );
    check_layer(
        Volumes::images(1, 16, 16, 64).unwrap(),
        3,
        double,
        Activation::Sigmoid,
        4,
    );
    check_layer(
        Volumes::rows(32, 2048).unwrap(),
        200,
        Window::point(),
        Activation::Identity,
        5,
    );
    check_layer(
        Volumes::images(2, 20, 20, 9).unwrap(),
        64,
        Window::square(3, 2, 1),
        leaky,
        6,
    );
}

/// Two layers, the bytes of the second written by the first, are the second on what the first gives, rounded.
#[test]
fn a_layer_writes_the_bytes_of_the_next_one() {
    let (first, second) = (
        Window::square(4, 2, 1),
        Window::square(3, 1, 1).with_transposed(true),
    );
    let outputs = if cfg!(miri) { 4 } else { 70 };
    let [batch, height, width] = if cfg!(miri) { [1, 4, 6] } else { [3, 10, 8] };
    let input = Volumes::images(batch, height, width, 3).unwrap();
    for &simd in Simd::available() {
        let one = Int8Conv::new(input, outputs, first)
            .unwrap()
            .with_simd(simd);
        let two = Int8Conv::new(one.output(), 5, second)
            .unwrap()
            .with_simd(simd);
        let range = ByteRange::new(-1.0, 1.0).unwrap();
        let between = ByteRange::new(0.0, 2.5).unwrap();
        let weights = one
            .pack(&noise(outputs * 3 * 16, 1), Some(&noise(outputs, 2)), range)
            .unwrap();
        let next_weights = two.pack(&noise(outputs * 5 * 9, 3), None, between).unwrap();
        let mut bytes = vec![0; one.input_bytes()];
        one.quantize(&noise(input.len(), 4), range, &mut bytes)
            .unwrap();

        let mut planes = vec![0.0; one.output().len()];
        let target = Int8Target::Planes(&mut planes);
        one.forward(&bytes, &weights, Activation::Relu, target)
            .unwrap();
        let mut expected_bytes = vec![0; two.input_bytes()];
        two.quantize(&planes, between, &mut expected_bytes).unwrap();

        let mut next = vec![3; two.input_bytes()];
        let target = Int8Target::Bytes {
            layer: &two,
            range: between,
            bytes: &mut next,
        };
        one.forward(&bytes, &weights, Activation::Relu, target)
            .unwrap();
        let stride = outputs.next_multiple_of(4);
        // Channels beyond the last one meet weights of zero, whatever they hold.
        for (found, expected) in next.chunks(stride).zip(expected_bytes.chunks(stride)) {
            assert_eq!(found[..outputs], expected[..outputs], "{simd:?}");
        }
        let mut outputs = [vec![0.0; two.output().len()], vec![0.0; two.output().len()]];
        for (output, bytes) in outputs.iter_mut().zip([&next, &expected_bytes]) {
            let target = Int8Target::Planes(output);
            two.forward(bytes, &next_weights, Activation::Identity, target)
                .unwrap();
        }
        assert_eq!(outputs[0], outputs[1]);
    }
}

#[test]
fn layers_and_slices_that_do_not_fit_are_refused() {
    let input = Volumes::images(1, 4, 4, 2).unwrap();
    let window = Window::square(3, 1, 1);
    let groups = Int8Conv::new(input, 2, window.with_groups(2));
    assert_parameter_error(groups, "the groups of an 8-bit convolution");
    let dilated = window.with_transposed(true).with_dilation([1, 2, 2]);
    assert_parameter_error(
        Int8Conv::new(input, 2, dilated),
        "the dilation of a transposed 8-bit convolution",
    );
    assert_parameter_error(
        Int8Conv::new(Volumes::rows(1, 65_540).unwrap(), 1, Window::point()),
        "the products of a sum of an 8-bit convolution",
    );
    assert_parameter_error(
        Int8Conv::new(
            Volumes::images(1, 200, 200, 1).unwrap(),
            1,
            Window::square(200, 1, 0),
        ),
        "the product of taps and strides of an 8-bit convolution",
    );
    // Nine outputs of an input that has one pixel and a border of 2⁸⁰.
    let far = Window::square(1, 1, 1 << 40).with_stride([1, 1 << 13, 1]);
    let far = far.with_padding([0, 1 << 40, 0]);
    let huge = Int8Conv::new(Volumes::images(1 << 20, 1, 1, 1 << 10).unwrap(), 1, far);
    assert!(matches!(huge, Err(Error::TooLarge { .. })), "{huge:?}");
    let conv = Int8Conv::new(input, 2, window).unwrap();
    let weights = vec![0.5; 2 * 2 * 9];
    let range = ByteRange::new(-1.0, 1.0).unwrap();
    assert_length_error(conv.pack(&weights[1..], None, range), "the weights");
    assert_length_error(conv.pack(&weights, Some(&[0.0]), range), "the bias");
    let not_finite = conv.pack(&weights, Some(&[0.0, f32::NAN]), range);
    assert_parameter_error(not_finite, "a weight of an 8-bit convolution");

    let packed = conv.pack(&weights, None, range).unwrap();
    let mut bytes = vec![0; conv.input_bytes()];
    assert_length_error(conv.quantize(&[0.0; 3], range, &mut bytes), "the input");
    let run = |bytes: &[u8], planes: &mut [f32]| {
        conv.forward(
            bytes,
            &packed,
            Activation::Identity,
            Int8Target::Planes(planes),
        )
    };
    assert_length_error(run(&bytes[1..], &mut [0.0; 32]), "the bytes of the input");
    assert_length_error(run(&bytes, &mut [0.0; 31]), "the output");
    // The next layer takes three channels, this one gives two.
    let next = Int8Conv::new(Volumes::images(1, 4, 4, 3).unwrap(), 2, window).unwrap();
    let mut next_bytes = vec![0; next.input_bytes()];
    let target = Int8Target::Bytes {
        layer: &next,
        range,
        bytes: &mut next_bytes,
    };
    let other = conv.forward(&bytes, &packed, Activation::Identity, target);
    assert!(matches!(other, Err(Error::OtherLayer { .. })));
    let target = Int8Target::Planes(&mut [0.0; 32]);
    let other = next.forward(&next_bytes, &packed, Activation::Identity, target);
    assert!(matches!(other, Err(Error::OtherLayer { .. })));
}
