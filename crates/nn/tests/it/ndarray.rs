//! The layers on ndarray, with Burn's own operations, against the native kernels on flex.

use crate::common::{assert_close, noise};
use burn::backend::{Autodiff, Flex, NdArray};
use burn::module::Param;
use burn::tensor::TensorData;
use burn::tensor::backend::AutodiffBackend;
use oddframe_nn::{
    Activation, BatchNormConfig, Conv2dConfig, ConvTranspose2dConfig, Kernels, LstmConfig,
};

fn run<B: AutodiffBackend + Kernels>() -> Vec<(&'static str, TensorData)> {
    let device = Default::default();
    let mut down = Conv2dConfig::new([3, 20], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1])
        .init::<B>(&device)
        .unwrap();
    down.weight = Param::from_tensor(noise([20, 3, 4, 4], 1));
    down.bias = Some(Param::from_tensor(noise([20], 2)));
    let norm = BatchNormConfig::new(20)
        .with_activation(Activation::LeakyRelu(0.2))
        .init::<B>(&device)
        .unwrap();
    let mut up = ConvTranspose2dConfig::new([20, 3], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1])
        .with_activation(Activation::Tanh)
        .init::<B>(&device)
        .unwrap();
    up.weight = Param::from_tensor(noise([20, 3, 4, 4], 3) * 0.1);
    up.bias = Some(Param::from_tensor(noise([3], 4)));
    let x = noise::<B, 4>([2, 3, 8, 8], 5);
    let y = up.forward(norm.forward(down.forward(x.clone())));
    let gradients = (y.clone() - x).square().mean().backward();

    let mut lstm = LstmConfig::new(6, 5).init::<B>(&device).unwrap();
    lstm.weight_ih_l0 = Param::from_tensor(noise([20, 6], 6));
    lstm.weight_hh_l0 = Param::from_tensor(noise([20, 5], 7));
    lstm.bias_ih_l0 = Param::from_tensor(noise([20], 8));
    lstm.bias_hh_l0 = Param::from_tensor(noise([20], 9));
    let (z, _) = lstm.forward(noise([2, 4, 6], 10), None);
    let of_lstm = z.clone().square().sum().backward();
    vec![
        ("output", y.into_data()),
        (
            "down",
            down.weight.val().grad(&gradients).unwrap().into_data(),
        ),
        (
            "gamma",
            norm.gamma.val().grad(&gradients).unwrap().into_data(),
        ),
        ("up", up.weight.val().grad(&gradients).unwrap().into_data()),
        ("lstm", z.into_data()),
        (
            "weight_hh",
            lstm.weight_hh_l0.val().grad(&of_lstm).unwrap().into_data(),
        ),
    ]
}

#[test]
fn ndarray_and_flex_agree() {
    assert_close(&run::<Autodiff<Flex>>(), &run::<Autodiff<NdArray>>(), 1e-4);
}
