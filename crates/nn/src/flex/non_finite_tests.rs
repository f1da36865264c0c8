//! Non-finite values under padding, on our kernels and on Burn's own operations.
//!
//! A convolution multiplies pairs of values: of the larger grid, of the smaller grid, and of the weights. Where a tap lies
//! in the padding, an implementation may skip the pair or multiply the other value with zero; with a non-finite value the
//! former adds nothing and the latter gives NaN. These tests compute, for one non-finite value at a time, which results it
//! must reach and which ones it may reach as well through the padding, and check both implementations against them.

use burn::backend::Flex;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};

use super::switch::{kernels_enabled, without_kernels};
use crate::kernels::Operations;
use crate::saved::SavedLayer;
use crate::{Activation, Window};

/// A convolution over images. `small` and `big` are `[channels, height, width]` of the two grids.
#[derive(Debug, Clone, Copy)]
struct Case {
    window: Window,
    batch: usize,
    small: [usize; 3],
    big: [usize; 3],
}

/// The values that a convolution multiplies, and its results: on the small grid (a gather), on the big grid (a spread), and
/// in the shape of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Small,
    Big,
    Weights,
}

const PARTS: [Part; 3] = [Part::Small, Part::Big, Part::Weights];

/// The indices of the values that one product takes, where both positions lie on their grids.
struct Product {
    small: Option<usize>,
    big: Option<usize>,
    weight: usize,
}

impl Case {
    fn new(window: Window, batch: usize, [small, big]: [usize; 2], size: [usize; 2]) -> Self {
        let [_, height, width] = window
            .with_transposed(true)
            .output_size([1, size[0], size[1]])
            .unwrap();
        Self {
            window,
            batch,
            small: [small, size[0], size[1]],
            big: [big, height, width],
        }
    }

    fn shape(&self, part: Part) -> [usize; 4] {
        let ([small, sy, sx], [big, by, bx]) = (self.small, self.big);
        let [_, ky, kx] = self.window.kernel;
        match part {
            Part::Small => [self.batch, small, sy, sx],
            Part::Big => [self.batch, big, by, bx],
            Part::Weights => [small, big, ky, kx],
        }
    }

    /// Every product of the convolution, and every product with a value in the padding of one grid.
    fn products(&self) -> Vec<Product> {
        let mut products = Vec::new();
        let ([small, sy, sx], [big, by, bx]) = (self.small, self.big);
        let [_, ky, kx] = self.window.kernel;
        // A margin of one kernel around both grids covers all of the padding.
        for n in 0..self.batch {
            for (y, x) in grid(-(ky as isize), sy + ky, -(kx as isize), sx + kx) {
                for (tap_y, tap_x) in grid(0, ky, 0, kx) {
                    let [_, stride_y, stride_x] = self.window.stride.map(|n| n as isize);
                    let [_, pad_y, pad_x] = self.window.padding.map(|n| n as isize);
                    let at_small = position(n, [sy, sx], [y, x]);
                    let at_big = position(
                        n,
                        [by, bx],
                        [y * stride_y + tap_y - pad_y, x * stride_x + tap_x - pad_x],
                    );
                    if at_small.is_none() && at_big.is_none() {
                        continue;
                    }
                    for s in 0..small {
                        for b in 0..big {
                            products.push(Product {
                                small: at_small.map(|(n, at)| (n * small + s) * sy * sx + at),
                                big: at_big.map(|(n, at)| (n * big + b) * by * bx + at),
                                weight: ((s * big + b) * ky + tap_y as usize) * kx + tap_x as usize,
                            });
                        }
                    }
                }
            }
        }
        products
    }

    /// Which values of a result a non-finite value must reach, and which it may reach.
    fn reached(
        &self,
        products: &[Product],
        (part, index): (Part, usize),
        result: Part,
    ) -> [Vec<bool>; 2] {
        let [mut must, mut may] =
            [(); 2].map(|()| vec![false; self.shape(result).iter().product()]);
        for product in products {
            let Some(to) = product.index(result) else {
                continue;
            };
            // The gradient of the weights sums over positions of the small grid: none of them is padding.
            if result == Part::Weights && product.small.is_none() {
                continue;
            }
            if part != result && product.index(part) == Some(index) {
                may[to] = true;
                must[to] |= PARTS.into_iter().all(|part| product.index(part).is_some());
            }
        }
        [must, may]
    }

    /// The results of a forward and a backward pass, in the order of [`PARTS`]. Small, big and weights hold noise but for
    /// one value.
    fn run(&self, (part, index): (Part, usize), value: f32) -> [Vec<f32>; 3] {
        let [small, big, weights] = PARTS.map(|of| {
            let mut values = noise(self.shape(of).iter().product());
            if of == part {
                values[index] = value;
            }
            tensor(values, self.shape(of))
        });
        let (window, activation) = (&self.window, Activation::Identity);
        let (input, gradient) = if window.transposed {
            (small, big)
        } else {
            (big, small)
        };
        let output = Flex::conv(input.clone(), weights.clone(), None, window, activation);
        let saved = SavedLayer {
            input,
            weight: weights,
            output: None,
            activation,
        };
        let [dx, dw, _] = Flex::conv_backward(saved, window, gradient, [true, true, false]);
        let (output, dx, dw) = (values(output), values(dx.unwrap()), values(dw.unwrap()));
        if window.transposed {
            [dx, output, dw]
        } else {
            [output, dx, dw]
        }
    }
}

impl Product {
    fn index(&self, part: Part) -> Option<usize> {
        match part {
            Part::Small => self.small,
            Part::Big => self.big,
            Part::Weights => Some(self.weight),
        }
    }
}

/// All pairs of two ranges.
fn grid(
    first_y: isize,
    end_y: usize,
    first_x: isize,
    end_x: usize,
) -> impl Iterator<Item = (isize, isize)> {
    (first_y..end_y as isize).flat_map(move |y| (first_x..end_x as isize).map(move |x| (y, x)))
}

/// The image and the position in it, if it lies on the grid.
fn position(n: usize, [height, width]: [usize; 2], [y, x]: [isize; 2]) -> Option<(usize, usize)> {
    let inside = (0..height as isize).contains(&y) && (0..width as isize).contains(&x);
    inside.then(|| (n, y as usize * width + x as usize))
}

/// Values that are the same in every run, and none of them zero.
fn noise(len: usize) -> Vec<f32> {
    (0..len)
        .map(|at| ((at * 37 + 11) % 101) as f32 / 101.0 - 0.503)
        .collect()
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FloatTensor<Flex> {
    let data = TensorData::new(values, shape);
    Tensor::<Flex, 4>::from_data(data, &burn::tensor::Device::<Flex>::default())
        .into_primitive()
        .tensor()
}

fn values(tensor: FloatTensor<Flex>) -> Vec<f32> {
    let tensor = Tensor::<Flex, 4>::from_primitive(TensorPrimitive::Float(tensor));
    tensor.into_data().to_vec().unwrap()
}

fn not_finite(values: &[f32]) -> Vec<bool> {
    values.iter().map(|value| !value.is_finite()).collect()
}

/// Windows with padding, for the methods of our kernels: tap by tap, a row of taps as one, a fold, one position of several
/// images in a tile, and groups of channels wider than a vector.
fn cases() -> Vec<Case> {
    let windows = [Window::square(3, 1, 1), Window::square(4, 2, 1)];
    let mut cases = Vec::new();
    for window in windows {
        for (batch, channels) in [(1, [8, 20]), (7, [8, 20]), (1, [20, 3]), (2, [3, 2])] {
            for transposed in [false, true] {
                cases.push(Case::new(
                    window.with_transposed(transposed),
                    batch,
                    channels,
                    [5, 4],
                ));
            }
        }
    }
    cases
}

/// The first, the middle and the last value: a corner, the inside, and the opposite corner.
fn indices(len: usize) -> [usize; 3] {
    [0, len / 2, len - 1]
}

#[test]
fn a_non_finite_value_reaches_what_it_must_and_only_what_it_may() {
    for case in cases() {
        let products = case.products();
        for part in PARTS {
            for index in indices(case.shape(part).iter().product()) {
                for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    let ours = case.run((part, index), value);
                    let burns = without_kernels(|| case.run((part, index), value));
                    for (path, results) in [("our kernels", ours), ("Burn's operations", burns)] {
                        for (result, values) in PARTS.into_iter().zip(&results) {
                            let expected = case.reached(&products, (part, index), result);
                            let name = format!(
                                "{value} in {part:?}[{index}] to {result:?} with {path}: {case:?}"
                            );
                            assert_reached(&not_finite(values), &expected, &name);
                        }
                    }
                }
            }
        }
    }
}

#[track_caller]
fn assert_reached(found: &[bool], [must, may]: &[Vec<bool>; 2], name: &str) {
    assert_eq!(found.len(), must.len(), "{name}");
    for at in 0..found.len() {
        assert!(found[at] || !must[at], "{name}: {at} is finite");
        assert!(!found[at] || may[at], "{name}: {at} is not finite");
    }
}

/// In a gather and a spread padding meets the weights alone, and in the gradient of the weights the small grid alone: all
/// other non-finite values reach the same results in both implementations.
#[test]
fn values_that_never_meet_padding_reach_the_same_results_in_both_implementations() {
    for case in cases() {
        for (part, result) in [(Part::Big, 0), (Part::Small, 1), (Part::Big, 2)] {
            for index in indices(case.shape(part).iter().product()) {
                let ours = case.run((part, index), f32::NAN);
                let burns = without_kernels(|| case.run((part, index), f32::NAN));
                let (ours, burns) = (not_finite(&ours[result]), not_finite(&burns[result]));
                assert!(
                    ours.contains(&true),
                    "{part:?}[{index}] reaches nothing: {case:?}"
                );
                assert!(
                    ours == burns,
                    "{part:?}[{index}] to {:?}: {case:?}",
                    PARTS[result]
                );
            }
        }
    }
}

/// Many channels: Burn multiplies padded values with the weights, our kernels skip the tap for a tile of equal positions.
#[test]
fn a_non_finite_weight_in_the_padding_is_nan_for_burn_and_skipped_by_a_tile_of_several_images() {
    let case = Case::new(Window::square(3, 1, 1), 7, [8, 20], [5, 4]);
    // The first tap of the first filter: it lies in the padding along the upper and the left border.
    let weight = (Part::Weights, 0);
    let [must, may] = case.reached(&case.products(), weight, Part::Small);
    let [ours, ..] = case.run(weight, f32::NAN);
    let [burns, ..] = without_kernels(|| case.run(weight, f32::NAN));
    if kernels_enabled() {
        assert_eq!(not_finite(&ours), must);
    }
    assert_eq!(not_finite(&burns), may);
    assert_ne!(must, may);
}
