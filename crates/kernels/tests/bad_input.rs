//! What a layer refuses. Every refusal is an error that says what is wrong: no panic, and nothing allocated first.

use oddframe_kernels::{Activation, Conv, ConvTranspose, Error, Simd, Volumes, Window, Workspace};

fn input() -> Volumes {
    Volumes::images(2, 6, 5, 4).unwrap()
}

#[test]
fn zero_sizes() {
    for at in 0..5 {
        let mut n = [1; 5];
        n[at] = 0;
        assert!(matches!(Volumes::new(n[0], [n[1], n[2], n[3]], n[4]), Err(Error::Zero { .. })), "{n:?}");
    }
    let ones = Window::volume([1; 3]);
    let zero = |axis: usize| std::array::from_fn(|n| usize::from(n != axis));
    for axis in 0..3 {
        let windows =
            [Window::volume(zero(axis)), ones.with_stride(zero(axis)), ones.with_dilation(zero(axis))];
        for window in windows {
            assert!(matches!(Conv::new(input(), 4, window), Err(Error::Zero { .. })), "{window:?}");
            assert!(matches!(ConvTranspose::new(input(), 4, window), Err(Error::Zero { .. })), "{window:?}");
        }
    }
    for (outputs, window) in [(0, ones), (4, ones.with_groups(0))] {
        assert!(matches!(Conv::new(input(), outputs, window), Err(Error::Zero { .. })));
        assert!(matches!(ConvTranspose::new(input(), outputs, window), Err(Error::Zero { .. })));
    }
}

#[test]
fn windows_larger_than_the_padded_input() {
    let too_large = |window| matches!(Conv::new(input(), 4, window), Err(Error::WindowTooLarge { .. }));
    assert!(too_large(Window::image([7, 1])));
    assert!(too_large(Window::image([1, 6])));
    assert!(too_large(Window::volume([2, 1, 1])));
    assert!(too_large(Window::image([2, 2]).with_dilation([1, 6, 1])));
    assert!(too_large(Window::square(9, 1, 1)));
    assert!(!too_large(Window::image([6, 5])));
    assert!(!too_large(Window::image([8, 7]).with_padding([0, 1, 1])));
}

#[test]
fn padding_that_leaves_no_output() {
    let left = |padding| ConvTranspose::new(input(), 4, Window::image([3, 3]).with_padding(padding));
    assert_eq!(left([0, 3, 3]).unwrap().output(), Volumes::images(2, 2, 1, 4).unwrap());
    assert!(matches!(left([0, 4, 0]), Err(Error::NothingLeft { axis: "height", padding: 4 })));
    assert!(matches!(left([0, 0, 4]), Err(Error::NothingLeft { axis: "width", .. })));
    assert!(matches!(left([1, 0, 0]), Err(Error::NothingLeft { axis: "depth", .. })));
}

#[test]
fn output_padding_where_it_has_no_meaning() {
    let window = Window::square(3, 2, 1);
    let padded = window.with_output_padding([0, 1, 1]);
    assert!(ConvTranspose::new(input(), 4, padded).is_ok());
    assert!(matches!(Conv::new(input(), 4, padded), Err(Error::Parameter { .. })));
    let too_much = window.with_output_padding([0, 2, 0]);
    assert!(matches!(ConvTranspose::new(input(), 4, too_much), Err(Error::OutputPadding { .. })));
}

#[test]
fn groups_that_do_not_divide() {
    for (outputs, groups) in [(4, 3), (6, 4), (4, 8)] {
        let window = Window::point().with_groups(groups);
        assert!(matches!(Conv::new(input(), outputs, window), Err(Error::Groups { .. })));
        assert!(matches!(ConvTranspose::new(input(), outputs, window), Err(Error::Groups { .. })));
    }
}

const LARGE: [usize; 6] =
    [usize::MAX, usize::MAX - 1, usize::MAX / 2, usize::MAX / 2 - 6, usize::MAX / 4, usize::MAX / 8 + 1];

#[test]
fn sizes_near_the_end_of_memory() {
    let ones = Window::volume([1; 3]);
    for large in LARGE {
        for at in 0..5 {
            let mut n = [1; 5];
            n[at] = large;
            assert!(
                matches!(Volumes::new(n[0], [n[1], n[2], n[3]], n[4]), Err(Error::TooLarge { .. })),
                "{n:?}"
            );
        }
        assert!(Conv::new(input(), large, ones).is_err(), "{large} outputs");
        assert!(ConvTranspose::new(input(), large, ones).is_err(), "{large} outputs");
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
                assert!(ConvTranspose::new(input(), 4, window).is_err(), "{window:?}");
            }
            // A stride that no step is taken with is no harm.
            assert!(Conv::new(input(), 4, ones.with_stride(one)).is_ok());
            let high = ones.with_stride(one).with_output_padding(none);
            assert!(ConvTranspose::new(input(), 4, high).is_err(), "{high:?}");
        }
    }
}

/// Shapes that memory could address, but no machine holds.
#[test]
fn sizes_that_no_memory_holds() {
    // They can be addressed, so they are layers; building one takes no memory, and no slice is ever long enough.
    let (wide, ones) = (1 << 58, Window::volume([1; 3]));
    let rows = Volumes::rows(wide, 1).unwrap();
    let kernel = Window::image([1, (1 << 50) + 1]).with_padding([0, 0, 1 << 49]);
    let stride = Window::image([1, 1]).with_stride([1, 1, wide / 8]);
    let mut workspace = Workspace::new();
    let refused =
        |result: Result<(), Error>| assert!(matches!(result, Err(Error::Length { .. })), "{result:?}");
    for layer in [Conv::new(rows, 1, ones).unwrap(), Conv::new(input(), 1, kernel).unwrap()] {
        refused(layer.forward_unpacked(
            &[1.0],
            &[1.0],
            None,
            Activation::Identity,
            &mut [0.0],
            &mut workspace,
        ));
        refused(layer.weight_gradient(&[1.0], &[1.0], &mut [0.0], &mut workspace));
    }
    for layer in [ConvTranspose::new(rows, 1, ones).unwrap(), ConvTranspose::new(input(), 1, stride).unwrap()]
    {
        refused(layer.forward_unpacked(
            &[1.0],
            &[1.0],
            None,
            Activation::Identity,
            &mut [0.0],
            &mut workspace,
        ));
        refused(layer.input_gradient(&[1.0], &[1.0], &mut [0.0], &mut workspace));
    }
}

macro_rules! check_slices {
    ($kind:ident) => {{
        let small = Volumes::images(1, 2, 2, 2).unwrap();
        let layer = $kind::new(small, 3, Window::square(3, 1, 1)).unwrap();
        let mut workspace = Workspace::new();
        let good = [layer.input().len(), layer.output().len(), layer.weights_len(), 3];
        let packed = layer.pack(&vec![0.0; good[2]]).unwrap();
        for wrong in 0..4 {
            for len in [0, good[wrong] - 1, good[wrong] + 1] {
                let mut lengths = good;
                lengths[wrong] = len;
                let [x, y, weights, bias] = lengths.map(|len| vec![0.0_f32; len]);
                let (mut x2, mut y2, mut weights2) = (x.clone(), y.clone(), weights.clone());
                let refused = |found: Result<(), Error>| matches!(found, Err(Error::Length { found, .. }) if found == len);
                let act = Activation::Identity;
                let forward = layer.forward(&x, &packed, Some(&bias), act, &mut y2, &mut workspace);
                assert_eq!(refused(forward), wrong != 2, "{wrong} {len}");
                let unpacked = layer.forward_unpacked(&x, &weights, Some(&bias), act, &mut y2, &mut workspace);
                assert!(refused(unpacked), "{wrong} {len}");
                assert_eq!(refused(layer.pack(&weights).map(|_| ())), wrong == 2, "{wrong} {len}");
                let dx = layer.input_gradient(&y, &weights, &mut x2, &mut workspace);
                assert_eq!(refused(dx), wrong != 3, "{wrong} {len}");
                let dw = layer.weight_gradient(&x, &y, &mut weights2, &mut workspace);
                assert_eq!(refused(dw), wrong != 3, "{wrong} {len}");
            }
        }
    }};
}

#[test]
fn slices_of_another_length() {
    check_slices!(Conv);
    check_slices!(ConvTranspose);
}

#[test]
fn weights_packed_for_another_layer() {
    let window = Window::square(3, 1, 1);
    let layer = Conv::new(input(), 4, window).unwrap();
    let (x, mut y) = (vec![1.0; layer.input().len()], vec![0.0; layer.output().len()]);
    let mut workspace = Workspace::new();
    let weights = vec![0.5; layer.weights_len()];
    let mut runs = |packed| layer.forward(&x, &packed, None, Activation::Identity, &mut y, &mut workspace);

    let other_batch = Conv::new(Volumes::images(9, 3, 3, 4).unwrap(), 4, window).unwrap();
    assert!(runs(other_batch.pack(&weights).unwrap()).is_ok());

    let turned = ConvTranspose::new(input(), 4, window).unwrap().pack(&weights).unwrap();
    let wider = Conv::new(input(), 5, window).unwrap();
    let wider = wider.pack(&vec![0.5; wider.weights_len()]).unwrap();
    let strided = Conv::new(input(), 4, Window::square(3, 2, 1)).unwrap().pack(&weights).unwrap();
    let flat = Conv::new(Volumes::images(2, 6, 9, 4).unwrap(), 4, Window::image([1, 9])).unwrap();
    let flat = flat.pack(&weights).unwrap();
    for packed in [turned, wider, strided, flat] {
        assert!(matches!(runs(packed), Err(Error::OtherLayer { .. })));
    }
    for &simd in Simd::available() {
        let other = layer.with_simd(simd).unwrap().pack(&weights).unwrap();
        assert_eq!(runs(other).is_ok(), simd == Simd::detect(), "{simd:?}");
    }
}
