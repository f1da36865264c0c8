use crate::reference;
use crate::testing::{
    assert_length_error, assert_parameter_error, noise, run_guarded, to_comparable_bits, to_f64,
};
use crate::{Activation, Error, Simd, Volumes, Window, WinogradConv, Workspace, set_threads};

fn run(conv: &WinogradConv, seed: u64, bias: bool) -> (Vec<f32>, Vec<f64>) {
    let (input, output) = (conv.input(), conv.output());
    let x = noise(input.len(), seed);
    let weights = noise(output.channels() * input.channels() * 9, seed + 1);
    let values = noise(output.channels(), seed + 2);
    let bias = bias.then_some(&*values);
    let packed = conv.pack(&weights).unwrap();
    let mut workspace = Workspace::new();
    let (y, done) = run_guarded(&vec![f32::NAN; output.len()], |y| {
        conv.forward(&x, &packed, bias, Activation::Relu, y, &mut workspace)
    });
    done.unwrap();

    let window = Window::square(3, 1, 1);
    let geometry = crate::geometry::Geometry::new(input, output.channels(), window).unwrap();
    let direction = crate::geometry::Direction::of_forward(&window);
    let mut wide = vec![0.0; output.len()];
    reference::convolve(
        &geometry,
        direction,
        &to_f64(&x),
        &to_f64(&weights),
        &mut wide,
    );
    for row in wide.chunks_exact_mut(output.channels()) {
        for (at, sum) in row.iter_mut().enumerate() {
            *sum = (*sum + bias.map_or(0.0, |bias| f64::from(bias[at]))).max(0.0);
        }
    }
    (y, wide)
}

#[test]
fn every_shape_agrees_with_the_definition() {
    let shapes: &[([usize; 4], usize)] = if cfg!(miri) {
        &[([1, 3, 3, 2], 3), ([2, 2, 4, 1], 1)]
    } else {
        &[
            ([1, 1, 1, 1], 1),
            ([2, 3, 5, 7], 9),
            ([1, 2, 2, 64], 16),
            ([3, 15, 22, 33], 40),
            ([1, 30, 45, 64], 126),
        ]
    };
    for (seed, ([batch, height, width, inputs], outputs)) in shapes.iter().copied().enumerate() {
        let input = Volumes::images(batch, height, width, inputs).unwrap();
        for &simd in Simd::available() {
            let conv = WinogradConv::new(input, outputs).unwrap();
            let conv = conv.with_simd(simd).unwrap();
            let (y, wide) = run(&conv, seed as u64, seed % 2 == 0);
            // The rounding error of a sum of so many products, three times as large as without the transforms.
            let bound = 3e-6 * (9.0 * inputs as f64).sqrt().max(4.0);
            for (at, (y, exact)) in y.iter().zip(&wide).enumerate() {
                assert!(
                    (f64::from(*y) - exact).abs() <= bound,
                    "{simd:?}, value {at}: {y}, should be {exact}"
                );
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn results_are_the_same_on_any_number_of_threads() {
    let conv = WinogradConv::new(Volumes::images(1, 31, 44, 32).unwrap(), 48).unwrap();
    set_threads(1);
    let (one, _) = run(&conv, 3, true);
    set_threads(usize::MAX);
    let (many, _) = run(&conv, 3, true);
    assert_eq!(to_comparable_bits(&one), to_comparable_bits(&many));
}

#[test]
fn wrong_lengths_and_other_weights_are_refused() {
    let conv = WinogradConv::new(Volumes::images(1, 2, 2, 2).unwrap(), 3).unwrap();
    assert_length_error(conv.pack(&[0.0; 53]), "the weights");
    let packed = conv.pack(&[0.0; 54]).unwrap();
    let mut workspace = Workspace::new();
    let mut forward = |x: &[f32], bias: &[f32], y: &mut [f32]| {
        conv.forward(x, &packed, Some(bias), Activation::Relu, y, &mut workspace)
    };
    assert_length_error(forward(&[0.0; 7], &[0.0; 3], &mut [0.0; 12]), "the input");
    assert_length_error(forward(&[0.0; 8], &[0.0; 2], &mut [0.0; 12]), "the bias");
    assert_length_error(forward(&[0.0; 8], &[0.0; 3], &mut [0.0; 11]), "the output");

    let other = WinogradConv::new(Volumes::images(1, 2, 2, 3).unwrap(), 3).unwrap();
    let mut y = [0.0; 12];
    let result = other.forward(
        &[0.0; 12],
        &packed,
        None,
        Activation::Relu,
        &mut y,
        &mut workspace,
    );
    assert!(matches!(result, Err(Error::OtherLayer { .. })));
    assert_parameter_error(
        WinogradConv::new(Volumes::new(1, [2, 2, 2], 1).unwrap(), 1),
        "the depth of images",
    );
}
