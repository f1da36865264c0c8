//! Tensors of unusual memory layouts as inputs and outputs of the native kernels.

use crate::common::{A, assert_close, noise};
use burn::backend::Flex;
use burn::tensor::{Tensor, TensorData};
use oddframe_nn::{Activation, BatchNormConfig, Conv2dConfig, ConvTranspose2dConfig, LinearConfig};

type T4 = Tensor<Flex, 4>;

/// The same values in plain memory.
fn plain<const D: usize>(tensor: &Tensor<Flex, D>) -> Tensor<Flex, D> {
    Tensor::from_data(tensor.to_data(), &Default::default())
}

/// `[2, 20, 6, 5]` in every order that Burn's views can give.
fn views() -> Vec<(&'static str, T4)> {
    let large: T4 = noise([4, 24, 8, 9], 3);
    let last: T4 = noise([2, 6, 5, 20], 4);
    let small: T4 = noise([1, 20, 1, 5], 5);
    vec![
        ("plain", noise([2, 20, 6, 5], 1)),
        ("channels last", last.clone().permute([0, 3, 1, 2])),
        (
            "a part of channels last",
            noise::<Flex, 4>([3, 8, 5, 20], 6)
                .permute([0, 3, 1, 2])
                .slice([1..3, 0..20, 1..7, 0..5]),
        ),
        (
            "whole items of channels last",
            noise::<Flex, 4>([5, 6, 5, 20], 7)
                .permute([0, 3, 1, 2])
                .slice([2..4, 0..20, 0..6, 0..5]),
        ),
        (
            "whole items",
            noise::<Flex, 4>([5, 20, 6, 5], 8).slice([1..3, 0..20, 0..6, 0..5]),
        ),
        ("a part", large.slice([1..3, 2..22, 1..7, 3..8])),
        (
            "every axis moved",
            noise::<Flex, 4>([5, 6, 20, 2], 2).permute([3, 2, 1, 0]),
        ),
        ("flipped", noise::<Flex, 4>([2, 20, 6, 5], 9).flip([2, 3])),
        (
            "channels last, flipped",
            last.permute([0, 3, 1, 2]).flip([0, 1, 2]),
        ),
        ("expanded", small.expand([2, 20, 6, 5])),
    ]
}

fn same<const D: usize>(name: &'static str, found: Tensor<Flex, D>, expected: Tensor<Flex, D>) {
    assert_close(
        &[(name, found.into_data())],
        &[(name, expected.into_data())],
        1e-6,
    );
}

#[test]
fn every_layer_reads_every_layout() {
    let device = Default::default();
    let conv = Conv2dConfig::new([20, 7], [3, 3])
        .init::<Flex>(&device)
        .unwrap();
    let up = ConvTranspose2dConfig::new([20, 30], [2, 2])
        .init::<Flex>(&device)
        .unwrap();
    let norm = BatchNormConfig::new(20)
        .with_activation(Activation::Tanh)
        .init::<Flex>(&device)
        .unwrap();
    let linear = LinearConfig::new(5, 3).init::<Flex>(&device).unwrap();
    for (name, x) in views() {
        let copy = plain(&x);
        assert_eq!(x.dims(), [2, 20, 6, 5], "{name}");
        same(name, conv.forward(x.clone()), conv.forward(copy.clone()));
        same(name, up.forward(x.clone()), up.forward(copy.clone()));
        same(name, norm.forward(x.clone()), norm.forward(copy.clone()));
        same(name, linear.forward(x), linear.forward(copy));
    }
}

#[test]
fn gradients_are_read_in_every_layout() {
    let device = Default::default();
    let conv = Conv2dConfig::new([3, 20], [1, 2])
        .with_activation(Activation::Sigmoid)
        .init::<A>(&device)
        .unwrap();
    let norm = BatchNormConfig::new(20)
        .with_activation(Activation::Relu)
        .init::<A>(&device)
        .unwrap();
    let run = |factor: Tensor<Flex, 4>| -> Vec<(&'static str, TensorData)> {
        let x = noise::<A, 4>([2, 3, 6, 6], 1).require_grad();
        let y = conv.forward(x.clone());
        let gradients = (y * Tensor::from_inner(factor.clone())).sum().backward();
        let first = x.grad(&gradients).unwrap().into_data();
        let of_weight = conv.weight.val().grad(&gradients).unwrap().into_data();
        let z = noise::<A, 4>([2, 20, 6, 5], 2).require_grad();
        // The gradient of a product is the other factor, in its layout.
        let gradients = (norm.forward(z.clone()) * Tensor::from_inner(factor))
            .sum()
            .backward();
        vec![
            ("conv", first),
            ("weight", of_weight),
            ("norm", z.grad(&gradients).unwrap().into_data()),
        ]
    };
    for (_, factor) in views() {
        let expected = run(plain(&factor));
        assert_close(&run(factor), &expected, 1e-6);
    }
}

/// Outputs of the native kernels are strided; Burn's operations must read them like any tensor.
#[test]
fn burn_reads_the_outputs_of_kernels() {
    let conv = Conv2dConfig::new([3, 20], [3, 3])
        .init::<Flex>(&Default::default())
        .unwrap();
    let y = conv.forward(noise([2, 3, 8, 7], 1));
    let copy = plain(&y);
    let other: T4 = noise([2, 20, 6, 5], 2);
    let operations: Vec<(&'static str, Box<dyn Fn(T4) -> Tensor<Flex, 1>>)> = vec![
        ("reshape", Box::new(|y| y.reshape([-1]))),
        ("flatten", Box::new(|y| y.flatten(0, 3))),
        (
            "add a plain one",
            Box::new(move |y| (y + other.clone()).reshape([-1])),
        ),
        ("add itself", Box::new(|y| (y.clone() + y).reshape([-1]))),
        (
            "in place",
            Box::new(|y| (y * 2.0 + 1.0).exp().reshape([-1])),
        ),
        (
            "permute",
            Box::new(|y| y.permute([0, 2, 3, 1]).reshape([-1])),
        ),
        ("swap", Box::new(|y| y.swap_dims(1, 3).reshape([-1]))),
        (
            "slice",
            Box::new(|y| y.slice([0..1, 3..15, 1..4, 2..5]).reshape([-1])),
        ),
        ("flip", Box::new(|y| y.flip([1, 3]).reshape([-1]))),
        (
            "cat",
            Box::new(|y| Tensor::cat(vec![y.clone(), y], 1).reshape([-1])),
        ),
        ("sums", Box::new(|y| y.sum_dim(1).sum_dim(3).reshape([-1]))),
        ("mean", Box::new(|y| y.mean_dim(2).reshape([-1]))),
        ("largest", Box::new(|y| y.max_dim(1).reshape([-1]))),
        ("sum", Box::new(Tensor::sum)),
        ("largest of all", Box::new(Tensor::max)),
        ("repeat", Box::new(|y| y.repeat_dim(2, 2).reshape([-1]))),
        (
            "select",
            Box::new(|y| {
                y.select(1, Tensor::from_ints([4, 0, 9], &Default::default()))
                    .reshape([-1])
            }),
        ),
        (
            "mask",
            Box::new(|y| {
                let mask = y.clone().lower_elem(0.0);
                y.mask_fill(mask, 0.0).reshape([-1])
            }),
        ),
        (
            "matmul",
            Box::new(|y| y.clone().matmul(y.transpose()).reshape([-1])),
        ),
        ("clamp", Box::new(|y| y.clamp(-0.1, 0.1).reshape([-1]))),
        (
            "assign",
            Box::new(|y| {
                y.slice_assign(
                    [0..1, 0..1, 0..6, 0..5],
                    Tensor::ones([1, 1, 6, 5], &Default::default()),
                )
                .reshape([-1])
            }),
        ),
    ];
    assert_close(&[("data", y.to_data())], &[("data", copy.to_data())], 0.0);
    for (name, operation) in operations {
        same(name, operation(y.clone()), operation(copy.clone()));
    }
}

/// Other float types have no native kernels: Burn's operations run instead.
#[test]
fn other_floats_fall_back() {
    use burn::tensor::{DType, FloatDType};
    let conv = Conv2dConfig::new([3, 5], [3, 3])
        .init::<Flex>(&Default::default())
        .unwrap();
    let x: T4 = noise([1, 3, 5, 5], 1);
    let expected = conv.forward(x.clone());
    let mut wide = conv;
    wide.weight = wide.weight.map(|weight| weight.cast(FloatDType::F64));
    wide.bias = wide
        .bias
        .map(|bias| bias.map(|bias| bias.cast(FloatDType::F64)));
    let found = wide.forward(x.cast(FloatDType::F64));
    assert_eq!(found.dtype(), DType::F64);
    same("f64", found.cast(FloatDType::F32), expected);
}
