use crate::reference;
use crate::testing::{
    assert_length_error, assert_parameter_error, noise, run_guarded, to_comparable_bits, to_f64,
};
use crate::{
    Activation, Conv, Error, Simd, Volumes, Window, WinogradConv, WinogradTile, Workspace,
    set_threads,
};

const TILES: [WinogradTile; 2] = [WinogradTile::Two, WinogradTile::Four];

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
    fn new(input: Volumes, outputs: usize, seed: u64, bias: bool, adds: bool) -> Self {
        let window = Window::square(3, 1, 1);
        let geometry = crate::geometry::Geometry::new(input, outputs, window).unwrap();
        let direction = crate::geometry::Direction::of_forward(&window);
        let x = noise(input.len(), seed);
        let weights = noise(outputs * input.channels() * 9, seed + 1);
        let bias = bias.then(|| noise(outputs, seed + 2));
        let output = geometry.small;
        let before = adds.then(|| noise(output.len(), seed + 3));
        let mut exact = vec![0.0; output.len()];
        reference::convolve(
            &geometry,
            direction,
            &to_f64(&x),
            &to_f64(&weights),
            &mut exact,
        );
        for (at, sum) in exact.iter_mut().enumerate() {
            *sum += bias
                .as_ref()
                .map_or(0.0, |bias| f64::from(bias[at % outputs]));
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

    fn run(&self, conv: &WinogradConv, activation: Activation) -> Vec<f32> {
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
            // Many strips.
            ([2, 61, 67, 16], 20),
        ]
    };
    let activations = [
        Activation::Relu,
        Activation::Identity,
        Activation::Relu6,
        Activation::LeakyRelu(0.5),
    ];
    for (seed, ([batch, height, width, inputs], outputs)) in shapes.iter().copied().enumerate() {
        let input = Volumes::images(batch, height, width, inputs).unwrap();
        let activation = activations[seed % 4];
        let case = Case::new(input, outputs, seed as u64, seed % 2 == 0, seed % 3 == 1);
        let exact = case.exact.iter().map(|sum| match activation {
            Activation::Relu => sum.max(0.0),
            Activation::Relu6 => sum.clamp(0.0, 6.0),
            Activation::LeakyRelu(slope) => sum.max(sum * f64::from(slope)),
            _ => *sum,
        });
        let exact: Vec<f64> = exact.collect();
        for (&simd, tile) in Simd::available()
            .iter()
            .flat_map(|simd| TILES.map(|tile| (simd, tile)))
        {
            let conv = WinogradConv::with_instructions(input, outputs, tile, simd).unwrap();
            let y = case.run(&conv, activation);
            // The rounding error of a sum of so many products. The transforms of the larger tile have larger factors.
            let unit = match tile {
                WinogradTile::Two => 3e-6,
                WinogradTile::Four => 9e-6,
            };
            let bound = unit * (9.0 * inputs as f64).sqrt().max(4.0);
            for (at, (y, exact)) in y.iter().zip(&exact).enumerate() {
                assert!(
                    (f64::from(*y) - exact).abs() <= bound,
                    "{tile:?}, {simd:?}, value {at}: {y}, should be {exact}"
                );
            }
        }
    }
}

/// The root of the mean squared error of both tiles, beside that of the direct convolution.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn errors_are_a_few_times_those_of_the_direct_convolution() {
    let input = Volumes::images(1, 16, 16, 128).unwrap();
    let case = Case::new(input, 96, 5, false, false);
    let error = |y: &[f32]| {
        let squares = y
            .iter()
            .zip(&case.exact)
            .map(|(y, exact)| (f64::from(*y) - exact).powi(2));
        (squares.sum::<f64>() / y.len() as f64).sqrt()
    };
    let direct = Conv::new(input, 96, Window::square(3, 1, 1)).unwrap();
    let packed = direct.pack(&case.weights).unwrap();
    let mut y = vec![0.0; direct.output().len()];
    let identity = Activation::Identity;
    direct
        .forward(
            &case.x,
            &packed,
            None,
            identity,
            &mut y,
            &mut Workspace::new(),
        )
        .unwrap();
    let [two, four] = TILES.map(|tile| {
        let conv = WinogradConv::new(input, 96, tile).unwrap();
        error(&case.run(&conv, identity)) / error(&y)
    });
    println!("errors relative to the direct convolution: {two:.2} and {four:.2}");
    assert!(two < 3.0 && four < 6.0, "{two} and {four}");
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn an_image_gives_the_same_alone_and_in_a_batch_and_on_any_number_of_threads() {
    // One image has one strip, which threads share; the batch has many.
    let (one, many) = ([31, 44, 32], 24);
    let [height, width, channels] = one;
    for tile in TILES {
        let batch = Volumes::images(many, height, width, channels).unwrap();
        let image = Volumes::images(1, height, width, channels).unwrap();
        let case = Case::new(image, 48, 3, true, false);
        let conv = WinogradConv::new(image, 48, tile).unwrap();
        let of_batch = WinogradConv::new(batch, 48, tile).unwrap();
        assert!(conv.plan.shared && !of_batch.plan.shared);
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
fn wrong_lengths_and_other_weights_are_refused() {
    let conv =
        WinogradConv::new(Volumes::images(1, 2, 2, 2).unwrap(), 3, WinogradTile::Two).unwrap();
    assert_length_error(conv.pack(&[0.0; 53]), "the weights");
    let packed = conv.pack(&[0.0; 54]).unwrap();
    let mut workspace = Workspace::new();
    let mut forward = |x: &[f32], bias: &[f32], y: &mut [f32]| {
        conv.forward(x, &packed, Some(bias), Activation::Relu, y, &mut workspace)
    };
    assert_length_error(forward(&[0.0; 7], &[0.0; 3], &mut [0.0; 12]), "the input");
    assert_length_error(forward(&[0.0; 8], &[0.0; 2], &mut [0.0; 12]), "the bias");
    assert_length_error(forward(&[0.0; 8], &[0.0; 3], &mut [0.0; 11]), "the output");

    for (channels, tile) in [(3, WinogradTile::Two), (2, WinogradTile::Four)] {
        let input = Volumes::images(1, 2, 2, channels).unwrap();
        let other = WinogradConv::new(input, 3, tile).unwrap();
        let (x, mut y) = (vec![0.0; input.len()], [0.0; 12]);
        let relu = Activation::Relu;
        let result = other.forward(&x, &packed, None, relu, &mut y, &mut workspace);
        assert!(matches!(result, Err(Error::OtherLayer { .. })));
    }
    assert_parameter_error(
        WinogradConv::new(Volumes::new(1, [2, 2, 2], 1).unwrap(), 1, WinogradTile::Two),
        "the depth of images",
    );
}
