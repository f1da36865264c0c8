//! The convolutional LSTM on the native kernels against Burn's own operations: outputs and every gradient.

use crate::common::{A, assert_close, compare_paths, gradient, noise, output_and_gradients};
use burn::backend::Flex;
use burn::module::Param;
use burn::tensor::{FloatDType, Tensor, TensorData};
use oddframe_nn::{ConvLstm, ConvLstmConfig, ConvLstmState};

fn layer(channels: [usize; 2], kernel: [usize; 2]) -> ConvLstm<A> {
    let layer = ConvLstmConfig::new(channels, kernel)
        .init::<A>(&Default::default())
        .unwrap();
    // Burn draws initial weights when they are first read: here, so that both paths have the same.
    let _ = (
        layer.conv.weight.val(),
        layer.conv.bias.as_ref().map(Param::val),
    );
    layer
}

/// Outputs and gradients of a loss over every output: all steps and both last states.
fn everything(
    layer: &ConvLstm<A>,
    input: Tensor<A, 5>,
    from_zeros: bool,
) -> Vec<(&'static str, TensorData)> {
    let [batch, steps, _, height, width] = input.dims();
    let hidden = layer.conv.weight.val().dims()[0] / 4;
    let [h, c] =
        [5, 6].map(|seed| noise::<A, 4>([batch, hidden, height, width], seed).require_grad());
    output_and_gradients::<5, 4>(
        input,
        |x| {
            let state = ConvLstmState {
                hidden: h.clone(),
                cell: c.clone(),
            };
            let (images, last) = layer.forward(x, (!from_zeros).then_some(state));
            assert_eq!(images.dims(), [batch, steps, hidden, height, width]);
            let images = images.reshape([batch, steps * hidden, height, width]);
            Tensor::cat(vec![images, last.hidden, last.cell], 1)
        },
        |gradients| {
            let mut all = vec![("weight", gradient(&layer.conv.weight, gradients))];
            all.extend(
                layer
                    .conv
                    .bias
                    .as_ref()
                    .map(|bias| ("bias", gradient(bias, gradients))),
            );
            if !from_zeros {
                all.push(("hidden", h.grad(gradients).unwrap().into_data()));
                all.push(("cell", c.grad(gradients).unwrap().into_data()));
            }
            all
        },
    )
}

#[test]
fn kernels_and_burn_agree_for_every_size() {
    let cases = [
        ([5, 6], 3, [2, 3, 6, 7]),
        // More channels than those of tensors that are returned channels first.
        ([20, 18], 3, [2, 3, 5, 4]),
        ([18, 3], 5, [1, 4, 6, 5]),
        ([3, 17], 1, [3, 1, 4, 5]),
        ([1, 1], 3, [1, 1, 1, 1]),
        ([2, 20], 3, [2, 2, 1, 1]),
    ];
    for (channels, kernel, [batch, steps, height, width]) in cases {
        for from_zeros in [true, false] {
            for bias in [true, false] {
                let mut layer = layer(channels, [kernel; 2]);
                layer.conv.bias = layer.conv.bias.filter(|_| bias);
                let shape = [batch, steps, channels[0], height, width];
                compare_paths(5e-5, || everything(&layer, noise(shape, 1), from_zeros));
            }
        }
    }
}

#[test]
fn a_rectangular_kernel_runs_step_by_step() {
    let layer = layer([4, 5], [1, 3]);
    compare_paths(5e-5, || {
        everything(&layer, noise([2, 3, 4, 5, 6], 1), false)
    });
}

/// A convolution with another window than the usual one runs step by step.
#[test]
fn a_dilated_kernel_runs_step_by_step() {
    let mut layer = layer([4, 5], [3, 3]);
    let dilated = oddframe_nn::Conv2dConfig::new([9, 20], [3, 3])
        .with_dilation([2, 2])
        .with_padding([2, 2]);
    layer.conv = dilated.init(&Default::default()).unwrap();
    let x = noise::<A, 5>([2, 2, 4, 5, 6], 1);
    let at = |step| {
        x.clone()
            .slice([0..2, step..step + 1, 0..4, 0..5, 0..6])
            .squeeze_dim::<4>(1)
    };
    let expected = layer
        .step(at(1), Some(layer.step(at(0), None)))
        .cell
        .into_data();
    let found = layer.forward(x.clone(), None).1.cell.into_data();
    assert_close(&[("cell", found)], &[("cell", expected)], 1e-6);
}

#[test]
fn forward_equals_single_steps() {
    let layer = layer([3, 18], [3, 3]);
    let x = noise::<A, 5>([2, 3, 3, 5, 6], 1);
    let (images, last) = layer.forward(x.clone(), None);
    let mut state = None;
    for step in 0..3 {
        let one = x
            .clone()
            .slice([0..2, step..step + 1, 0..3, 0..5, 0..6])
            .squeeze_dim::<4>(1);
        let now = layer.step(one, state);
        let found = images
            .clone()
            .slice([0..2, step..step + 1, 0..18, 0..5, 0..6])
            .squeeze_dim::<4>(1);
        assert_close(
            &[("step", found.into_data())],
            &[("step", now.hidden.to_data())],
            1e-5,
        );
        state = Some(now);
    }
    let state = state.unwrap();
    let expected = [
        ("hidden", state.hidden.into_data()),
        ("cell", state.cell.into_data()),
    ];
    assert_close(
        &[
            ("hidden", last.hidden.into_data()),
            ("cell", last.cell.into_data()),
        ],
        &expected,
        1e-5,
    );
}

/// Sequences of unusual memory layouts as input, state and gradient.
#[test]
fn every_layout_is_read() {
    type T5 = Tensor<Flex, 5>;
    let layer = layer([20, 20], [3, 3]);
    let views: Vec<(&'static str, T5)> = vec![
        (
            "channels last",
            noise::<Flex, 5>([2, 3, 6, 5, 20], 1).permute([0, 1, 4, 2, 3]),
        ),
        (
            "time first",
            noise::<Flex, 5>([3, 2, 20, 6, 5], 2).swap_dims(0, 1),
        ),
        (
            "time first, channels last",
            noise::<Flex, 5>([3, 2, 6, 5, 20], 3).permute([1, 0, 4, 2, 3]),
        ),
        (
            "a part",
            noise::<Flex, 5>([4, 5, 24, 8, 9], 4).slice([1..3, 2..5, 3..23, 1..7, 3..8]),
        ),
        (
            "some steps",
            noise::<Flex, 5>([2, 5, 20, 6, 5], 5).slice([0..2, 1..4, 0..20, 0..6, 0..5]),
        ),
        (
            "some steps of channels last",
            noise::<Flex, 5>([2, 5, 6, 5, 20], 6)
                .permute([0, 1, 4, 2, 3])
                .slice([0..2, 1..4, 0..20, 0..6, 0..5]),
        ),
        (
            "flipped",
            noise::<Flex, 5>([2, 3, 20, 6, 5], 7).flip([0, 1]),
        ),
        (
            "all flipped",
            noise::<Flex, 5>([2, 3, 20, 6, 5], 8).flip([0, 1, 2, 3, 4]),
        ),
        (
            "expanded",
            noise::<Flex, 5>([1, 1, 20, 6, 1], 9).expand([2, 3, 20, 6, 5]),
        ),
        (
            "one step",
            noise::<Flex, 5>([2, 5, 20, 6, 5], 10).slice([0..2, 3..4, 0..20, 0..6, 0..5]),
        ),
        (
            "one item",
            noise::<Flex, 5>([4, 3, 20, 6, 5], 11).slice([2..3, 0..3, 0..20, 0..6, 0..5]),
        ),
    ];
    let run = |view: T5| {
        let x = Tensor::<A, 5>::from_inner(view.clone()).require_grad();
        let start = view
            .clone()
            .slice([0..view.dims()[0], 0..1, 0..20, 0..6, 0..5])
            .squeeze_dim::<4>(1);
        let start = Tensor::<A, 4>::from_inner(start);
        let state = ConvLstmState {
            hidden: start.clone(),
            cell: start,
        };
        let (images, last) = layer.forward(x.clone(), Some(state));
        // The gradient of a product is the other factor, in its layout.
        let loss = (images.clone() * Tensor::from_inner(view)).sum() + last.cell.sum();
        let gradients = loss.backward();
        vec![
            ("images", images.into_data()),
            ("input", x.grad(&gradients).unwrap().into_data()),
            ("weight", gradient(&layer.conv.weight, &gradients)),
        ]
    };
    for (name, view) in views {
        assert_eq!(view.dims()[2..], [20, 6, 5], "{name}");
        let plain: T5 = Tensor::from_data(view.to_data(), &Default::default());
        assert_close(&run(view), &run(plain), 1e-5);
    }
}

/// Double precision has no native kernels: Burn's operations run instead.
#[test]
fn other_floats_fall_back() {
    let layer = ConvLstmConfig::new([3, 5], [3, 3])
        .init::<Flex>(&Default::default())
        .unwrap();
    let x = noise::<Flex, 5>([2, 3, 3, 5, 4], 1);
    let expected = layer.forward(x.clone(), None).0.into_data();
    let mut wide = layer;
    wide.conv.weight = wide.conv.weight.map(|weight| weight.cast(FloatDType::F64));
    wide.conv.bias = wide
        .conv
        .bias
        .map(|bias| bias.map(|bias| bias.cast(FloatDType::F64)));
    // The state of zeros that it starts from is as wide.
    let x = x.cast(FloatDType::F64);
    let found = wide.forward(x.clone(), None).0.cast(FloatDType::F32);
    assert_close(&[("f64", found.into_data())], &[("f64", expected)], 1e-5);
    let one = x.clone().slice([0..2, 0..1, 0..3, 0..5, 0..4]);
    let expected = wide
        .forward(one.clone(), None)
        .1
        .cell
        .cast(FloatDType::F32)
        .into_data();
    let found = wide
        .step(one.squeeze_dim(1), None)
        .cell
        .cast(FloatDType::F32)
        .into_data();
    assert_close(&[("one step", found)], &[("one step", expected)], 1e-6);
}
