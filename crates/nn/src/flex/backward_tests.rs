//! Backward passes called directly, as no layer calls them: with a trace that was lost, and in other widths of floats.

use burn::backend::Flex;
use burn::tensor::{Device, FloatDType, Tensor, TensorData, TensorPrimitive};

use super::switch::{kernels_enabled, without_kernels};
use crate::Activation;
use crate::kernels::Operations;
use crate::saved::{SavedBatchNorm, SavedConvLstm};

/// The widths, and the tolerance for each.
const WIDTHS: [(FloatDType, f32); 2] = [(FloatDType::F64, 1e-5), (FloatDType::F16, 2e-2)];

/// Pseudo-random numbers in [-1, 1], the same in every run.
fn noise<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<Flex, D> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let values: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::<Flex>::default())
}

/// Checks that two lists of named tensors agree, relative to the largest value of each tensor.
fn assert_close(found: &[(&str, TensorData)], expected: &[(&str, TensorData)], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for ((name, found), (_, expected)) in found.iter().zip(expected) {
        assert_eq!(found.shape, expected.shape, "{name}");
        let (found, expected) = (
            found.to_vec::<f32>().unwrap(),
            expected.to_vec::<f32>().unwrap(),
        );
        let scale = expected
            .iter()
            .fold(1e-3_f32, |largest, value| largest.max(value.abs()));
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let fits = (found - expected).abs() <= tolerance * scale;
            assert!(
                fits,
                "{name} at {at}: {found} instead of {expected} (largest {scale})"
            );
        }
    }
}

type Kept = (Vec<(&'static str, TensorData)>, bool);

/// Output and gradients of the operation itself, and whether a kernel kept a trace.
fn operation(kernel: [usize; 2], forget: bool) -> Kept {
    let four = |shape: [usize; 4], seed| noise::<4>(shape, seed).into_primitive().tensor();
    let five = |shape: [usize; 5], seed| noise::<5>(shape, seed).into_primitive().tensor();
    let input = five([2, 3, 4, 5, 6], 1);
    let weight = (noise::<4>([28, 11, kernel[0], kernel[1]], 2) * 0.2)
        .into_primitive()
        .tensor();
    let bias = Some(noise::<1>([28], 3).into_primitive().tensor());
    let start = [four([2, 7, 5, 6], 4), four([2, 7, 5, 6], 5)];
    let (output, trace) = Flex::conv_lstm(
        input.clone(),
        weight.clone(),
        bias.clone(),
        start.clone(),
        true,
    );
    let kept = trace.is_some();
    let saved = || {
        let (input, weight, bias, start) =
            (input.clone(), weight.clone(), bias.clone(), start.clone());
        SavedConvLstm::<Flex> {
            input,
            weight,
            bias,
            start,
            trace: trace.clone().filter(|_| !forget),
        }
    };
    assert!(
        Flex::conv_lstm_backward(saved(), five([2, 4, 7, 5, 6], 6), false)
            .0
            .is_none()
    );
    let (of_input, rest) = Flex::conv_lstm_backward(saved(), five([2, 4, 7, 5, 6], 6), true);
    let [of_weight, of_bias, of_hidden, of_cell] = rest;
    let four =
        |tensor| Tensor::<Flex, 4>::from_primitive(TensorPrimitive::Float(tensor)).into_data();
    let five =
        |tensor| Tensor::<Flex, 5>::from_primitive(TensorPrimitive::Float(tensor)).into_data();
    let of_bias = Tensor::<Flex, 1>::from_primitive(TensorPrimitive::Float(of_bias));
    let all = vec![
        ("output", five(output)),
        ("input", five(of_input.unwrap())),
        ("weight", four(of_weight)),
        ("bias", of_bias.into_data()),
        ("hidden", four(of_hidden)),
        ("cell", four(of_cell)),
    ];
    (all, kept)
}

/// Without a trace of the native kernel, the default's backward pass runs; it must agree with the kernel's.
#[test]
fn the_default_backward_pass_agrees_with_the_kernel() {
    let (expected, kept) = operation([3, 3], false);
    assert_eq!(kept, kernels_enabled());
    assert_close(&operation([3, 3], true).0, &expected, 5e-5);
    let (found, kept) = operation([1, 3], false);
    assert!(!kept, "there is no native kernel for a rectangular window");
    assert_close(
        &found,
        &without_kernels(|| operation([1, 3], false)).0,
        5e-5,
    );
}

/// The input's gradient by the default's backward pass, where the sum of a channel's gradients exceeds 65504.
#[test]
fn batch_norm_computes_gradients_in_its_width() {
    let run = |width: FloatDType| {
        let vector = |values: Tensor<Flex, 1>| values.cast(width).into_primitive().tensor();
        let saved = SavedBatchNorm::<Flex> {
            input: noise::<4>([4, 3, 32, 32], 1)
                .cast(width)
                .into_primitive()
                .tensor(),
            mean: vector(noise([3], 2) * 0.1),
            variance: vector(noise([3], 3) * 0.1 + 0.3),
            gamma: vector(noise([3], 4) + 1.5),
            beta: vector(noise([3], 5)),
            epsilon: 1e-5,
            activation: Activation::Identity,
        };
        let gradient = noise::<4>([4, 3, 32, 32], 6) * 16.0 + 32.0;
        let [of_input, _, _] =
            Flex::batch_norm_backward(saved, gradient.cast(width).into_primitive().tensor());
        let of_input = Tensor::<Flex, 4>::from_primitive(TensorPrimitive::Float(of_input));
        of_input.into_data().convert::<f32>()
    };
    for (width, tolerance) in WIDTHS {
        assert_close(
            &[("input", run(width))],
            &[("input", run(FloatDType::F32))],
            tolerance,
        );
    }
}
