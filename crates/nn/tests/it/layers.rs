//! Every layer on the native kernels against Burn's own operations: output and all gradients.

use crate::common::{A, assert_close, compare_paths, gradient, noise, output_and_gradients};
use burn::backend::Flex;
use burn::module::Param;
use burn::tensor::Tensor;
use oddframe_nn::{
    Activation, BatchNormConfig, Conv2dConfig, Conv3dConfig, ConvTranspose2dConfig,
    ConvTranspose3dConfig, LinearConfig, LstmConfig, LstmState,
};

const ACTIVATIONS: [Activation; 6] = [
    Activation::Identity,
    Activation::Relu,
    Activation::Relu6,
    Activation::LeakyRelu(0.2),
    Activation::Sigmoid,
    Activation::Tanh,
];

macro_rules! conv_case {
    ($name:ident, $rank:literal, $config:expr, $shape:expr) => {
        #[test]
        fn $name() {
            for activation in ACTIVATIONS {
                for bias in [true, false] {
                    let config = $config.with_activation(activation).with_bias(bias);
                    let layer = config.init::<A>(&Default::default()).unwrap();
                    compare_paths(2e-5, || {
                        output_and_gradients::<$rank, $rank>(
                            noise($shape, 1),
                            |x| layer.forward(x),
                            |gradients| {
                                let mut all = vec![("weight", gradient(&layer.weight, gradients))];
                                all.extend(
                                    layer
                                        .bias
                                        .as_ref()
                                        .map(|bias| ("bias", gradient(bias, gradients))),
                                );
                                all
                            },
                        )
                    });
                }
            }
        }
    };
}

conv_case!(
    conv2d,
    4,
    Conv2dConfig::new([5, 33], [3, 3]).with_padding([1, 1]),
    [2, 5, 9, 7]
);
conv_case!(
    conv2d_halving,
    4,
    Conv2dConfig::new([3, 32], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1]),
    [2, 3, 16, 12]
);
conv_case!(
    conv2d_dilated,
    4,
    Conv2dConfig::new([20, 8], [3, 2])
        .with_dilation([2, 3])
        .with_stride([1, 2]),
    [1, 20, 8, 11]
);
conv_case!(
    conv2d_grouped,
    4,
    Conv2dConfig::new([6, 24], [3, 3]).with_groups(3),
    [2, 6, 5, 6]
);
conv_case!(
    conv_transpose2d,
    4,
    ConvTranspose2dConfig::new([32, 18], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1]),
    [2, 32, 5, 6]
);
conv_case!(
    conv_transpose2d_with_output_padding,
    4,
    ConvTranspose2dConfig::new([9, 3], [3, 3])
        .with_stride([2, 2])
        .with_padding([1, 1])
        .with_output_padding([1, 1]),
    [2, 9, 4, 5]
);
conv_case!(
    conv3d,
    5,
    Conv3dConfig::new([3, 20], [3, 4, 4])
        .with_stride([1, 2, 2])
        .with_padding([1, 1, 1]),
    [1, 3, 4, 8, 6]
);
conv_case!(
    conv_transpose3d,
    5,
    ConvTranspose3dConfig::new([20, 17], [3, 4, 4])
        .with_stride([1, 2, 2])
        .with_padding([1, 1, 1]),
    [2, 20, 3, 4, 3]
);

#[test]
fn batch_norm() {
    for activation in ACTIVATIONS {
        for shape in [[3, 33, 4, 5], [4, 3, 6, 6], [7, 40, 1, 1]] {
            // With few values per channel the input's gradient is the small difference of large sums.
            compare_paths(3e-4, || {
                let config = BatchNormConfig::new(shape[1]).with_activation(activation);
                let mut layer = config.init::<A>(&Default::default()).unwrap();
                layer.gamma = Param::from_tensor(noise([shape[1]], 2) + 1.5);
                layer.beta = Param::from_tensor(noise([shape[1]], 3));
                let mut all = output_and_gradients::<4, 4>(
                    noise(shape, 1) * 2.0 + 0.5,
                    |x| layer.forward(x),
                    |gradients| {
                        vec![
                            ("gamma", gradient(&layer.gamma, gradients)),
                            ("beta", gradient(&layer.beta, gradients)),
                        ]
                    },
                );
                all.push(("running mean", layer.running_mean.value_sync().into_data()));
                all.push((
                    "running variance",
                    layer.running_var.value_sync().into_data(),
                ));
                use burn::module::AutodiffModule;
                all.push(("scored", layer.valid().forward(noise(shape, 7)).into_data()));
                all
            });
        }
    }
}

/// Burn keeps the last update in a buffer until the next one, or until it is requested.
#[test]
fn batch_norm_scores_by_the_last_update() {
    compare_paths(1e-6, || {
        let norm = BatchNormConfig::new(3)
            .init::<Flex>(&Default::default())
            .unwrap();
        let x = noise::<Flex, 3>([2, 3, 5], 1);
        let (mean, variance) = (noise([3], 2), noise([3], 3) + 2.0);
        norm.running_mean.update(mean.clone());
        norm.running_var.update(variance.clone());
        let found = norm.forward(x.clone()).into_data();
        let expected = (x - mean.reshape([1, 3, 1])) / (variance.reshape([1, 3, 1]) + 1e-5).sqrt();
        assert_close(
            &[("scored", found.clone())],
            &[("scored", expected.into_data())],
            1e-5,
        );
        vec![("scored", found)]
    });
}

#[test]
fn a_clone_shares_the_running_statistics() {
    let norm = BatchNormConfig::new(3)
        .init::<A>(&Default::default())
        .unwrap();
    let _ = norm.clone().forward(noise::<A, 3>([2, 3, 5], 1) + 1.0);
    assert!(norm.running_mean.value_sync().abs().sum().into_scalar() > 0.1);
}

#[test]
fn linear() {
    for activation in ACTIVATIONS {
        for bias in [true, false] {
            let config = LinearConfig::new(37, 19)
                .with_activation(activation)
                .with_bias(bias);
            let layer = config.init::<A>(&Default::default()).unwrap();
            compare_paths(2e-5, || {
                output_and_gradients::<3, 3>(
                    noise([2, 5, 37], 1),
                    |x| layer.forward(x),
                    |gradients| {
                        let mut all = vec![("weight", gradient(&layer.weight, gradients))];
                        all.extend(
                            layer
                                .bias
                                .as_ref()
                                .map(|bias| ("bias", gradient(bias, gradients))),
                        );
                        all
                    },
                )
            });
        }
    }
}

#[test]
fn lstm() {
    let layer = LstmConfig::new(21, 13)
        .init::<A>(&Default::default())
        .unwrap();
    compare_paths(5e-5, || {
        let hidden = noise::<A, 2>([3, 13], 5).require_grad();
        let cell = noise::<A, 2>([3, 13], 6).require_grad();
        output_and_gradients::<3, 2>(
            noise([3, 4, 21], 1),
            |x| {
                let state = LstmState {
                    hidden: hidden.clone(),
                    cell: cell.clone(),
                };
                let (rows, last) = layer.forward(x, Some(state));
                // Every output has a part in the loss: all steps, and both states.
                Tensor::cat(vec![rows.reshape([3, 4 * 13]), last.hidden, last.cell], 1)
            },
            |gradients| {
                vec![
                    ("weight_ih", gradient(&layer.weight_ih_l0, gradients)),
                    ("weight_hh", gradient(&layer.weight_hh_l0, gradients)),
                    ("bias_ih", gradient(&layer.bias_ih_l0, gradients)),
                    ("bias_hh", gradient(&layer.bias_hh_l0, gradients)),
                    ("hidden", hidden.grad(gradients).unwrap().into_data()),
                    ("cell", cell.grad(gradients).unwrap().into_data()),
                ]
            },
        )
    });
}

#[test]
fn lstm_over_a_repeated_row() {
    let layer = LstmConfig::new(21, 13)
        .init::<A>(&Default::default())
        .unwrap();
    compare_paths(5e-5, || {
        output_and_gradients::<2, 3>(
            noise([3, 21], 1),
            |x| layer.forward_repeated(x, 5, None).0,
            |gradients| {
                vec![
                    ("weight_ih", gradient(&layer.weight_ih_l0, gradients)),
                    ("weight_hh", gradient(&layer.weight_hh_l0, gradients)),
                    ("bias_ih", gradient(&layer.bias_ih_l0, gradients)),
                ]
            },
        )
    });
    let x = noise::<A, 2>([3, 21], 1);
    let repeated = layer
        .forward(x.clone().unsqueeze_dim::<3>(1).repeat_dim(1, 5), None)
        .0
        .into_data();
    let once = layer.forward_repeated(x, 5, None).0.into_data();
    assert_close(&[("hidden", once)], &[("hidden", repeated)], 1e-6);
}
