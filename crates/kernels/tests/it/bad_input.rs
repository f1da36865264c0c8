//! Shapes, parameters and slices that a layer refuses with an error, without a panic and without allocating first.

use oddframe_kernels::{Activation, Conv, Error, Packed, Simd, Volumes, Window, Workspace};

fn input() -> Volumes {
    Volumes::images(2, 6, 5, 4).unwrap()
}

/// A transposed convolution.
fn transposed(input: Volumes, outputs: usize, window: Window) -> Result<Conv, Error> {
    Conv::new(input, outputs, window.with_transposed(true))
}

#[test]
fn zero_sizes_are_refused() {
    for at in 0..5 {
        let mut n = [1; 5];
        n[at] = 0;
        assert!(
            matches!(
                Volumes::new(n[0], [n[1], n[2], n[3]], n[4]),
                Err(Error::Zero { .. })
            ),
            "{n:?}"
        );
    }
    let ones = Window::volume([1; 3]);
    for axis in 0..3 {
        let mut zero = [1; 3];
        zero[axis] = 0;
        let windows = [
            Window::volume(zero),
            ones.with_stride(zero),
            ones.with_dilation(zero),
        ];
        for window in windows {
            assert!(
                matches!(Conv::new(input(), 4, window), Err(Error::Zero { .. })),
                "{window:?}"
            );
            assert!(
                matches!(transposed(input(), 4, window), Err(Error::Zero { .. })),
                "{window:?}"
            );
        }
    }
    for (outputs, window) in [(0, ones), (4, ones.with_groups(0))] {
        assert!(matches!(
            Conv::new(input(), outputs, window),
            Err(Error::Zero { .. })
        ));
        assert!(matches!(
            transposed(input(), outputs, window),
            Err(Error::Zero { .. })
        ));
    }
}

#[test]
fn windows_larger_than_the_padded_input_are_refused() {
    let too_large = [
        Window::image([7, 1]),
        Window::image([1, 6]),
        Window::volume([2, 1, 1]),
        Window::image([2, 2]).with_dilation([1, 6, 1]),
        Window::square(9, 1, 1),
    ];
    for window in too_large {
        let refused = Conv::new(input(), 4, window);
        assert!(
            matches!(refused, Err(Error::WindowTooLarge { .. })),
            "{window:?}"
        );
    }
    for window in [
        Window::image([6, 5]),
        Window::image([8, 7]).with_padding([0, 1, 1]),
    ] {
        assert!(Conv::new(input(), 4, window).is_ok(), "{window:?}");
    }
}

#[test]
fn padding_that_leaves_no_output_is_refused() {
    let window = Window::image([3, 3]);
    let smallest = transposed(input(), 4, window.with_padding([0, 3, 3])).unwrap();
    assert_eq!(smallest.output(), Volumes::images(2, 2, 1, 4).unwrap());
    for (padding, expected, count) in [
        ([0, 4, 0], "height", 4),
        ([0, 0, 4], "width", 4),
        ([1, 0, 0], "depth", 1),
    ] {
        let refused = transposed(input(), 4, window.with_padding(padding)).err();
        assert_eq!(
            refused,
            Some(Error::NothingLeft {
                axis: expected,
                padding: count
            })
        );
    }
}

#[test]
fn output_padding_without_a_meaning_is_refused() {
    let window = Window::square(3, 2, 1);
    let padded = window.with_output_padding([0, 1, 1]);
    assert!(transposed(input(), 4, padded).is_ok());
    assert!(matches!(
        Conv::new(input(), 4, padded),
        Err(Error::Parameter { .. })
    ));
    let too_much = window.with_output_padding([0, 2, 0]);
    assert!(matches!(
        transposed(input(), 4, too_much),
        Err(Error::OutputPadding { .. })
    ));
}

#[test]
fn groups_that_do_not_divide_the_channels_are_refused() {
    for (outputs, groups) in [(4, 3), (6, 4), (4, 8)] {
        let window = Window::point().with_groups(groups);
        assert!(matches!(
            Conv::new(input(), outputs, window),
            Err(Error::Groups { .. })
        ));
        assert!(matches!(
            transposed(input(), outputs, window),
            Err(Error::Groups { .. })
        ));
    }
}

const LARGE: [usize; 6] = [
    usize::MAX,
    usize::MAX - 1,
    usize::MAX / 2,
    usize::MAX / 2 - 6,
    usize::MAX / 4,
    usize::MAX / 8 + 1,
];

#[test]
fn sizes_beyond_the_address_space_are_refused() {
    let ones = Window::volume([1; 3]);
    for large in LARGE {
        for at in 0..5 {
            let mut n = [1; 5];
            n[at] = large;
            assert!(
                matches!(
                    Volumes::new(n[0], [n[1], n[2], n[3]], n[4]),
                    Err(Error::TooLarge { .. })
                ),
                "{n:?}"
            );
        }
        assert!(Conv::new(input(), large, ones).is_err(), "{large} outputs");
        assert!(transposed(input(), large, ones).is_err(), "{large} outputs");
        for axis in 0..3 {
            let one = std::array::from_fn(|n| if n == axis { large } else { 1 });
            let none = std::array::from_fn(|n| if n == axis { large } else { 0 });
            let windows = [
                Window::volume(one),
                Window::volume([2; 3]).with_dilation(one),
                ones.with_padding(none),
                Window::volume(one).with_padding(none),
            ];
            for window in windows {
                assert!(Conv::new(input(), 4, window).is_err(), "{window:?}");
                assert!(transposed(input(), 4, window).is_err(), "{window:?}");
            }
            // Along an axis of one output position the stride is not used.
            assert!(Conv::new(input(), 4, ones.with_stride(one)).is_ok());
            let high = ones.with_stride(one).with_output_padding(none);
            assert!(transposed(input(), 4, high).is_err(), "{high:?}");
        }
    }
}

#[track_caller]
fn assert_length_refused(result: &Result<(), Error>) {
    assert!(matches!(result, Err(Error::Length { .. })), "{result:?}");
}

/// Shapes that memory could address, but no machine holds.
#[test]
fn slices_shorter_than_a_huge_shape_are_refused() {
    // They can be addressed, so such a layer can be built, which takes no memory; but no slice is ever long enough.
    let (wide, ones) = (1 << 58, Window::volume([1; 3]));
    let rows = Volumes::rows(wide, 1).unwrap();
    let kernel = Window::image([1, (1 << 50) + 1]).with_padding([0, 0, 1 << 49]);
    let stride = Window::image([1, 1]).with_stride([1, 1, wide / 8]);
    let mut workspace = Workspace::new();
    for layer in [
        Conv::new(rows, 1, ones).unwrap(),
        Conv::new(input(), 1, kernel).unwrap(),
    ] {
        assert_length_refused(&layer.forward_unpacked(
            &[1.0],
            &[1.0],
            None,
            Activation::Identity,
            &mut [0.0],
            &mut workspace,
        ));
        assert_length_refused(&layer.weight_gradient(&[1.0], &[1.0], &mut [0.0], &mut workspace));
    }
    for layer in [
        transposed(rows, 1, ones).unwrap(),
        transposed(input(), 1, stride).unwrap(),
    ] {
        assert_length_refused(&layer.forward_unpacked(
            &[1.0],
            &[1.0],
            None,
            Activation::Identity,
            &mut [0.0],
            &mut workspace,
        ));
        assert_length_refused(&layer.input_gradient(&[1.0], &[1.0], &mut [0.0], &mut workspace));
    }
}

fn is_length_error(result: &Result<(), Error>, len: usize) -> bool {
    matches!(result, Err(Error::Length { found, .. }) if *found == len)
}

#[test]
fn slices_of_another_length_are_refused() {
    for transposed in [false, true] {
        let small = Volumes::images(1, 2, 2, 2).unwrap();
        let window = Window::square(3, 1, 1).with_transposed(transposed);
        let layer = Conv::new(small, 3, window).unwrap();
        let mut workspace = Workspace::new();
        let good = [
            layer.input().len(),
            layer.output().len(),
            layer.weights_len(),
            3,
        ];
        let packed = layer.pack(&vec![0.0; good[2]]).unwrap();
        for wrong in 0..4 {
            for len in [0, good[wrong] - 1, good[wrong] + 1] {
                let mut lengths = good;
                lengths[wrong] = len;
                let [x, y, weights, bias] = lengths.map(|len| vec![0.0_f32; len]);
                let (mut x2, mut y2, mut weights2) = (x.clone(), y.clone(), weights.clone());
                let act = Activation::Identity;
                let forward = layer.forward(&x, &packed, Some(&bias), act, &mut y2, &mut workspace);
                assert_eq!(is_length_error(&forward, len), wrong != 2, "{wrong} {len}");
                let unpacked =
                    layer.forward_unpacked(&x, &weights, Some(&bias), act, &mut y2, &mut workspace);
                assert!(is_length_error(&unpacked, len), "{wrong} {len}");
                assert_eq!(
                    is_length_error(&layer.pack(&weights).map(|_| ()), len),
                    wrong == 2,
                    "{wrong} {len}"
                );
                let dx = layer.input_gradient(&y, &weights, &mut x2, &mut workspace);
                assert_eq!(is_length_error(&dx, len), wrong != 3, "{wrong} {len}");
                let dw = layer.weight_gradient(&x, &y, &mut weights2, &mut workspace);
                assert_eq!(is_length_error(&dw, len), wrong != 3, "{wrong} {len}");
            }
        }
    }
}

fn run_packed(layer: &Conv, packed: &Packed) -> Result<(), Error> {
    let (x, mut y) = (
        vec![1.0; layer.input().len()],
        vec![0.0; layer.output().len()],
    );
    layer.forward(
        &x,
        packed,
        None,
        Activation::Identity,
        &mut y,
        &mut Workspace::new(),
    )
}

#[test]
fn weights_packed_for_another_layer_are_refused() {
    let window = Window::square(3, 1, 1);
    let layer = Conv::new(input(), 4, window).unwrap();
    let weights = vec![0.5; layer.weights_len()];
    let other_batch = Conv::new(Volumes::images(9, 3, 3, 4).unwrap(), 4, window).unwrap();
    assert!(run_packed(&layer, &other_batch.pack(&weights).unwrap()).is_ok());

    let transposed = transposed(input(), 4, window)
        .unwrap()
        .pack(&weights)
        .unwrap();
    let wider = Conv::new(input(), 5, window).unwrap();
    let wider = wider.pack(&vec![0.5; wider.weights_len()]).unwrap();
    let strided = Conv::new(input(), 4, Window::square(3, 2, 1))
        .unwrap()
        .pack(&weights)
        .unwrap();
    let flat = Conv::new(
        Volumes::images(2, 6, 9, 4).unwrap(),
        4,
        Window::image([1, 9]),
    )
    .unwrap();
    let flat = flat.pack(&weights).unwrap();
    for packed in [transposed, wider, strided, flat] {
        assert!(matches!(
            run_packed(&layer, &packed),
            Err(Error::OtherLayer { .. })
        ));
    }
    for &simd in Simd::available() {
        let other = layer.with_simd(simd).unwrap().pack(&weights).unwrap();
        assert_eq!(
            run_packed(&layer, &other).is_ok(),
            simd == Simd::detect(),
            "{simd:?}"
        );
    }
}
