use proptest::prelude::*;

use super::WinogradTile;
use crate::engine::ConvMethod;
use crate::geometry::{Direction, Geometry};
use crate::reference;
use crate::testing::{
    activation_value, any_activation, assert_parameter_error, noise, run_guarded,
    to_comparable_bits, to_f64,
};
use crate::{Activation, Conv, Error, Simd, Volumes, Window, Workspace, set_threads};

const TILES: [WinogradTile; 3] = [WinogradTile::Two, WinogradTile::Three, WinogradTile::Four];

/// The operands of a layer, and its results in double precision.
struct Case {
    x: Vec<f32>,
    weights: Vec<f32>,
    bias: Option<Vec<f32>>,
    /// What the output holds before the call, where the sums are added to it.
    before: Option<Vec<f32>>,
    exact: Vec<f64>,
}

impl Case {
    fn new(layer: &Conv, window: Window, seed: u64, bias: bool, adds: bool) -> Self {
        let (input, output) = (layer.input(), layer.output());
        let geometry = Geometry::new(input, output.channels(), window).unwrap();
        let x = noise(input.len(), seed);
        let weights = noise(geometry.weights_len(), seed + 1);
        let bias = bias.then(|| noise(output.channels(), seed + 2));
        let before = adds.then(|| noise(output.len(), seed + 3));
        let mut exact = vec![0.0; output.len()];
        let direction = Direction::of_forward(&window);
        let (wide_x, wide_weights) = (to_f64(&x), to_f64(&weights));
        reference::convolve(&geometry, direction, &wide_x, &wide_weights, &mut exact);
        for (at, sum) in exact.iter_mut().enumerate() {
            let of_channel = bias.as_ref().map(|bias| bias[at % bias.len()]);
            *sum += f64::from(of_channel.unwrap_or(0.0));
            *sum += before.as_ref().map_or(0.0, |before| f64::from(before[at]));
        }
        Self {
            x,
            weights,
            bias,
            before,
            exact,
        }
    }

    fn run(&self, conv: &Conv, activation: Activation) -> Vec<f32> {
        let packed = conv.pack(&self.weights).unwrap();
        let bias = self.bias.as_deref();
        let mut workspace = Workspace::new();
        let unset = vec![f32::NAN; conv.output().len()];
        let start = self.before.as_ref().unwrap_or(&unset);
        let (y, done) = run_guarded(start, |y| {
            if self.before.is_some() {
                conv.forward_add(&self.x, &packed, bias, activation, y, &mut workspace)
            } else {
                conv.forward(&self.x, &packed, bias, activation, y, &mut workspace)
            }
        });
        done.unwrap();
        y
    }
}

/// The rounding error of a sum of so many products. The transforms of the larger tiles have larger factors. Each addition
/// rounds a sum that grows with the root of the number of products, so the error of long sums grows with the number itself.
fn error_bound(tile: WinogradTile, products: usize) -> f64 {
    let unit = match tile {
        WinogradTile::Two | WinogradTile::Three => 3e-6,
        WinogradTile::Four => 12e-6,
    };
    let products = products as f64;
    unit * products.sqrt().max(4.0).max(products / 64.0)
}

#[track_caller]
fn assert_close(name: &str, found: &[f32], exact: &[f64], bound: f64) {
    assert_eq!(found.len(), exact.len());
    for (at, (found, exact)) in found.iter().zip(exact).enumerate() {
        assert!(
            (f64::from(*found) - exact).abs() <= bound,
            "{name}[{at}] is {found}, should be {exact}"
        );
    }
}

/// Compares all operations of a layer with their definition, with every tile and instruction set.
fn check_layer(
    input: Volumes,
    outputs: usize,
    window: Window,
    activation: Activation,
    [bias, adds]: [bool; 2],
    seed: u64,
) {
    let Ok(layer) = Conv::new(input, outputs, window) else {
        return;
    };
    let case = Case::new(&layer, window, seed, bias, adds);
    let exact: Vec<f64> = case
        .exact
        .iter()
        .map(|sum| activation_value(activation, *sum))
        .collect();
    let geometry = Geometry::new(input, outputs, window).unwrap();
    let direction = Direction::of_forward(&window);
    let dy = noise(layer.output().len(), seed + 4);
    let mut exact_dx = vec![0.0; input.len()];
    reference::convolve(
        &geometry,
        direction.reversed(),
        &to_f64(&dy),
        &to_f64(&case.weights),
        &mut exact_dx,
    );
    let mut exact_dw = vec![0.0; geometry.weights_len()];
    let (big, small) = match direction {
        Direction::Gather => (&case.x, &dy),
        Direction::Spread => (&dy, &case.x),
    };
    reference::weight_gradient(&geometry, &to_f64(big), &to_f64(small), &mut exact_dw);
    // The tiles round as if every phase had as many taps as the one with the most.
    let side = window.kernel[2].next_multiple_of(window.stride[2]);
    let taps = window.kernel[0] * side * side;
    // One of the tiles under Miri, which takes a minute for each.
    let tiles = if cfg!(miri) {
        vec![TILES[seed as usize % TILES.len()]]
    } else {
        TILES.to_vec()
    };
    for (&simd, &tile) in Simd::available()
        .iter()
        .flat_map(|simd| tiles.iter().map(move |tile| (simd, tile)))
    {
        let Ok(layer) = layer.with_method(ConvMethod::Winograd(tile)) else {
            continue;
        };
        let layer = layer.with_simd(simd).unwrap();
        let name = |of: &str| format!("{of} of {tile:?} with {simd:?}");
        let y = case.run(&layer, activation);
        let bound = error_bound(tile, taps * input.channels());
        assert_close(&name("y"), &y, &exact, bound);
        let start = vec![f32::NAN; input.len()];
        let (dx, done) = run_guarded(&start, |dx| {
            layer.input_gradient(&dy, &case.weights, dx, &mut Workspace::new())
        });
        done.unwrap();
        assert_close(
            &name("dx"),
            &dx,
            &exact_dx,
            error_bound(tile, taps * outputs),
        );
        let start = vec![f32::NAN; exact_dw.len()];
        let (dw, done) = run_guarded(&start, |dw| {
            layer.weight_gradient(&case.x, &dy, dw, &mut Workspace::new())
        });
        done.unwrap();
        let positions = geometry.small.positions();
        assert_close(&name("dw"), &dw, &exact_dw, error_bound(tile, positions));
    }
}

fn any_window() -> impl Strategy<Value = Window> {
    // Miri takes a minute for a larger window.
    let mut sizes = vec![(3, 1), (4, 2), (3, 2)];
    if !cfg!(miri) {
        sizes.extend([(2, 1), (5, 2), (6, 2), (7, 3), (9, 3)]);
    }
    let kernel_and_stride = prop::sample::select(sizes);
    let depth = prop_oneof![Just((1, 1, 0)), (1..4_usize, 1..4_usize, 0..3_usize)];
    (kernel_and_stride, depth, 0..4_usize, any::<bool>()).prop_map(
        |((kernel, stride), depth, padding, transposed)| {
            Window::volume([depth.0, kernel, kernel])
                .with_stride([depth.1, stride, stride])
                .with_padding([depth.2, padding, padding])
                .with_transposed(transposed)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 100 }, ..ProptestConfig::default() })]

    #[test]
    fn any_shape_agrees_with_the_definition(
        (batch, size) in (1..4_usize, [1..4_usize, 1..20_usize, 1..20_usize]),
        (inputs, outputs) in (1..40_usize, 1..40_usize),
        window in any_window(),
        activation in any_activation(),
        options in any::<[bool; 2]>(),
        seed in any::<u32>(),
    ) {
        let most = if cfg!(miri) { 3 } else { usize::MAX };
        let [depth, height, width] = size.map(|n| n.min(most));
        // A window of one plane is one of images, or of volumes.
        let depth = if window.kernel[0] == 1 && seed % 2 == 0 { 1 } else { depth };
        let input = Volumes::new(batch.min(most), [depth, height, width], inputs.min(most)).unwrap();
        check_layer(input, outputs.min(most), window, activation, options, u64::from(seed));
    }
}

/// Many strips, several panels, sums in several parts, and borders of every kind.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_layers_of_the_models_agree_with_the_definition() {
    let (square, down) = (Window::square(3, 1, 1), Window::square(4, 2, 1));
    let up = down.with_transposed(true);
    let with_output_padding = up.with_output_padding([0, 1, 1]);
    let double = Window::square(3, 2, 1)
        .with_transposed(true)
        .with_output_padding([0, 1, 1]);
    let cases = [
        (Volumes::images(1, 30, 45, 64), 126, square),
        (Volumes::images(2, 61, 67, 16), 20, square),
        (Volumes::images(2, 32, 32, 32), 64, down),
        (Volumes::images(24, 18, 14, 40), 66, down),
        (Volumes::images(1, 8, 8, 520), 70, down),
        (Volumes::images(2, 16, 16, 64), 32, up),
        (Volumes::images(3, 9, 9, 130), 65, up),
        (Volumes::images(1, 4, 5, 520), 33, with_output_padding),
        // Phases with fewer taps: as panels of their own where a phase has 64 channels, and together with others.
        (Volumes::images(2, 32, 30, 64), 70, Window::square(3, 2, 1)),
        (Volumes::images(2, 16, 14, 72), 64, double),
        (Volumes::images(3, 11, 16, 40), 24, double),
        // Volumes.
        (
            Volumes::new(2, [5, 17, 16], 24),
            48,
            Window::volume([3; 3])
                .with_stride([2; 3])
                .with_padding([1; 3]),
        ),
        (
            Volumes::new(2, [3, 8, 9], 48),
            24,
            Window::volume([4; 3])
                .with_stride([2; 3])
                .with_padding([1; 3])
                .with_transposed(true),
        ),
    ];
    for (at, (input, outputs, window)) in cases.into_iter().enumerate() {
        let relu = Activation::Relu;
        check_layer(
            input.unwrap(),
            outputs,
            window,
            relu,
            [true, false],
            at as u64,
        );
    }
}

/// The root of the mean squared error of every tile, beside that of the direct convolution.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn errors_are_a_few_times_those_of_the_direct_convolution() {
    let up = |kernel| Window::square(kernel, 2, 1).with_transposed(true);
    for (window, limits) in [
        (Window::square(3, 1, 1), [Some(3.0), None, Some(6.0)]),
        (Window::square(4, 2, 1), [Some(3.0), Some(3.0), Some(6.0)]),
        (Window::square(3, 2, 1), [Some(3.0), Some(3.0), Some(6.0)]),
        (up(4), [Some(3.0), Some(3.0), Some(6.0)]),
        (up(3), [Some(3.0), Some(3.0), Some(6.0)]),
    ] {
        let input = Volumes::images(1, 16, 16, 128).unwrap();
        let layer = Conv::new(input, 96, window).unwrap();
        let case = Case::new(&layer, window, 5, false, false);
        let error = |method: ConvMethod| {
            let y = case.run(&layer.with_method(method).unwrap(), Activation::Identity);
            let squares = y
                .iter()
                .zip(&case.exact)
                .map(|(y, exact)| (f64::from(*y) - exact).powi(2));
            (squares.sum::<f64>() / y.len() as f64).sqrt()
        };
        let direct = error(ConvMethod::Direct);
        for (tile, limit) in TILES.into_iter().zip(limits) {
            let Some(limit) = limit else { continue };
            let ratio = error(ConvMethod::Winograd(tile)) / direct;
            println!("{window:?}, {tile:?}: {ratio:.2} times the error of the direct convolution");
            assert!(ratio < limit, "{window:?}, {tile:?}: {ratio}");
        }
    }
}

/// Small whole numbers have frequencies that need at most eight bits, so that rounding them changes nothing.
#[test]
fn weights_in_16_bits_that_are_exact_give_the_same_bits() {
    let (square, down) = (Window::square(3, 1, 1), Window::square(4, 2, 1));
    let up = down.with_transposed(true);
    // Sums in several parts, several panels, strips of one thread and shared ones, and layers without rows for some groups.
    let cases = if cfg!(miri) {
        vec![(Volumes::images(1, 4, 4, 5), 3, down)]
    } else {
        vec![
            (Volumes::images(1, 9, 8, 520), 70, down),
            (Volumes::images(24, 18, 14, 40), 66, square),
            (Volumes::images(2, 9, 11, 33), 20, up),
        ]
    };
    for (input, outputs, window) in cases {
        let layer = Conv::new(input.unwrap(), outputs, window).unwrap();
        for &simd in Simd::available() {
            let method = ConvMethod::Winograd(WinogradTile::Two);
            let layer = layer.with_method(method).unwrap().with_simd(simd).unwrap();
            let weights: Vec<f32> = noise(layer.weights_len(), 3)
                .iter()
                .map(|weight| (weight * 1.5).round())
                .collect();
            let x = noise(layer.input().len(), 4);
            let packed = layer.pack(&weights).unwrap();
            let [expected, found] = [packed.clone(), packed.into_bf16()].map(|packed| {
                let unset = vec![f32::NAN; layer.output().len()];
                let (y, done) = run_guarded(&unset, |y| {
                    let relu = Activation::Relu;
                    layer.forward(&x, &packed, None, relu, y, &mut Workspace::new())
                });
                done.unwrap();
                to_comparable_bits(&y)
            });
            assert!(found == expected, "{window:?} with {simd:?}");
        }
    }
}

/// The root of the mean squared change of an output, as a share of that of the outputs.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn weights_in_16_bits_change_outputs_by_about_a_hundredth() {
    let up = Window::square(4, 2, 1).with_transposed(true);
    for window in [Window::square(3, 1, 1), Window::square(4, 2, 1), up] {
        let input = Volumes::images(1, 16, 16, 128).unwrap();
        let layer = Conv::new(input, 96, window).unwrap();
        let case = Case::new(&layer, window, 5, false, false);
        let methods = TILES.map(ConvMethod::Winograd);
        for method in [ConvMethod::Direct].into_iter().chain(methods) {
            let Ok(layer) = layer.with_method(method) else {
                continue;
            };
            let packed = layer.pack(&case.weights).unwrap().into_bf16();
            let mut y = vec![0.0; layer.output().len()];
            let (identity, mut workspace) = (Activation::Identity, Workspace::new());
            layer
                .forward(&case.x, &packed, None, identity, &mut y, &mut workspace)
                .unwrap();
            let squares = y
                .iter()
                .zip(&case.exact)
                .map(|(y, exact)| (f64::from(*y) - exact).powi(2));
            let all: f64 = case.exact.iter().map(|exact| exact.powi(2)).sum();
            let change = (squares.sum::<f64>() / all).sqrt();
            println!("{window:?}, {method:?}: {:.3}%", 100.0 * change);
            assert!(
                (1e-3..1.5e-2).contains(&change),
                "{window:?}, {method:?}: {change}"
            );
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn an_image_gives_the_same_alone_and_in_a_batch_and_on_any_number_of_threads() {
    // One image has one strip, which threads share; the batch has many.
    let many = 64;
    for (window, tile) in [
        (Window::square(3, 1, 1), WinogradTile::Four),
        (Window::square(4, 2, 1), WinogradTile::Four),
        (
            Window::square(4, 2, 1).with_transposed(true),
            WinogradTile::Three,
        ),
    ] {
        let method = ConvMethod::Winograd(tile);
        let [conv, of_batch] = [1, many].map(|batch| {
            let input = Volumes::images(batch, 31, 44, 32).unwrap();
            let conv = Conv::new(input, 48, window).unwrap();
            conv.with_method(method).unwrap()
        });
        let case = Case::new(&conv, window, 3, true, false);
        let packed = conv.pack(&case.weights).unwrap();
        let x = case.x.repeat(many);
        for threads in [1, usize::MAX] {
            set_threads(threads);
            let alone = case.run(&conv, Activation::Relu);
            let mut all = vec![0.0; of_batch.output().len()];
            let (bias, mut workspace) = (case.bias.as_deref(), Workspace::new());
            of_batch
                .forward(
                    &x,
                    &packed,
                    bias,
                    Activation::Relu,
                    &mut all,
                    &mut workspace,
                )
                .unwrap();
            for image in all.chunks_exact(alone.len()) {
                assert_eq!(to_comparable_bits(image), to_comparable_bits(&alone));
            }
        }
    }
}

#[test]
fn other_methods_and_windows_are_refused() {
    let input = Volumes::images(1, 8, 8, 2).unwrap();
    let conv = Conv::new(input, 3, Window::square(3, 1, 1)).unwrap();
    let two = conv
        .with_method(ConvMethod::Winograd(WinogradTile::Two))
        .unwrap();
    assert_parameter_error(
        conv.with_method(ConvMethod::Winograd(WinogradTile::Three)),
        "the method",
    );
    // Weights that were packed for one method are no weights for another.
    let packed = two.pack(&[0.0; 54]).unwrap();
    let (x, mut y) = ([0.0; 128], [0.0; 192]);
    let mut workspace = Workspace::new();
    let refused = conv.forward(&x, &packed, None, Activation::Relu, &mut y, &mut workspace);
    assert!(matches!(refused, Err(Error::OtherLayer { .. })));

    let windows = [
        Window::image([3, 4]),
        Window::square(3, 1, 1).with_dilation([1, 2, 2]),
        Window::square(3, 1, 1).with_groups(2),
        Window::square(5, 1, 2),
        Window::square(2, 2, 0),
        Window::square(3, 1, 1).with_stride([1, 2, 1]),
    ];
    for window in windows {
        let conv = Conv::new(input, 4, window).unwrap();
        for tile in TILES {
            assert_parameter_error(conv.with_method(ConvMethod::Winograd(tile)), "the method");
        }
    }
}

/// The layers of the networks that gain, and some that do not: few channels, small images, and very large weights.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri, and it runs no unsafe code")]
fn the_method_follows_from_the_shape_without_the_batch() {
    let (square, down, half) = (
        Window::square(3, 1, 1),
        Window::square(4, 2, 1),
        Window::square(3, 2, 1),
    );
    let up = down.with_transposed(true);
    let double = Window::volume([4; 3])
        .with_stride([2; 3])
        .with_padding([1; 3])
        .with_transposed(true);
    let (direct, three, four) = (
        ConvMethod::Direct,
        ConvMethod::Winograd(WinogradTile::Three),
        ConvMethod::Winograd(WinogradTile::Four),
    );
    // The method with vectors of at most 8 values, and with those of 16.
    for ([depth, side, inputs, outputs], window, methods) in [
        ([1, 64, 64, 64], square, [four, four]),
        ([1, 128, 16, 64], down, [four, four]),
        ([1, 16, 256, 512], down, [four, four]),
        ([1, 16, 128, 64], up, [four, four]),
        ([1, 8, 512, 256], up, [four, four]),
        ([1, 64, 64, 16], up, [four, three]),
        ([1, 128, 3, 64], down, [direct, direct]),
        ([1, 8, 64, 64], down, [direct, direct]),
        ([1, 64, 64, 64], half, [four, direct]),
        ([2, 16, 128, 64], double, [four, four]),
        ([1, 8, 256, 128], double, [direct, direct]),
    ] {
        for (&simd, batch) in Simd::available()
            .iter()
            .flat_map(|simd| [1, 32].map(|batch| (simd, batch)))
        {
            let input = Volumes::new(batch, [depth, side, side], inputs).unwrap();
            let conv = Conv::new(input, outputs, window).unwrap();
            let found = conv.with_simd(simd).unwrap().method();
            let method = methods[usize::from(simd.lanes() == 16)];
            assert_eq!(found, method, "{input} to {outputs} with {simd:?}");
        }
    }
}
