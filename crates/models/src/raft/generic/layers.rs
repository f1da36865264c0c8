use burn::module::Param;
use burn::tensor::activation::relu;
use burn::tensor::{Tensor, TensorData};
use oddframe_nn::{Conv2d, Conv2dConfig, Error, Kernels};

use crate::raft::fused::FusedConv;
use crate::raft::parts::Encoder;
use crate::raft::spec::EPSILON;

/// The layer of a convolution on this device.
pub(super) fn build_conv<B: Kernels>(
    conv: FusedConv,
    device: &B::Device,
) -> Result<Conv2d<B>, Error> {
    let [outputs, inputs, height, width] = conv.shape;
    let ([_, stride @ ..], [_, padding @ ..]) = (conv.window.stride, conv.window.padding);
    let mut layer = Conv2dConfig::new([inputs, outputs], [height, width])
        .with_stride(stride)
        .with_padding(padding)
        .with_activation(conv.activation)
        .init::<B>(device)?;
    let weight = TensorData::new(conv.weight, conv.shape).convert::<B::FloatElem>();
    layer.weight = Param::from_tensor(Tensor::from_data(weight, device));
    layer.bias = conv.bias.map(|bias| {
        let bias = TensorData::new(bias, [outputs]).convert::<B::FloatElem>();
        Param::from_tensor(Tensor::from_data(bias, device))
    });
    Ok(layer)
}

/// The features of images. Batch normalisation and its activation are part of the layers; where there is instance
/// normalisation, the layers have no activation, and both are computed here.
pub(super) fn run_encoder<B: Kernels>(
    encoder: &Encoder<Conv2d<B>>,
    images: Tensor<B, 4>,
    instance_norm: bool,
) -> Tensor<B, 4> {
    let mut x = finish_layer(encoder.stem.forward(images), instance_norm, true);
    for block in &encoder.blocks {
        let y = finish_layer(block.first.forward(x.clone()), instance_norm, true);
        let y = finish_layer(block.second.forward(y), instance_norm, true);
        let shortcut = match &block.shortcut {
            Some(conv) => finish_layer(conv.forward(x), instance_norm, false),
            None => x,
        };
        x = relu(shortcut + y);
    }
    encoder.output.forward(x)
}

/// Instance normalisation where the encoder has it, and `ReLU` behind it where the layer is `active`.
fn finish_layer<B: Kernels>(x: Tensor<B, 4>, instance_norm: bool, active: bool) -> Tensor<B, 4> {
    if !instance_norm {
        return x;
    }
    let [batch, channels, height, width] = x.dims();
    let rows = x.reshape([batch, channels, height * width]);
    let (variance, mean) = rows.clone().var_mean_bias(2);
    let normalised = (rows - mean) / (variance + EPSILON).sqrt();
    let normalised = normalised.reshape([batch, channels, height, width]);
    if active { relu(normalised) } else { normalised }
}
