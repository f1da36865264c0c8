// For the record types that Burn's derive macro generates.
#![allow(missing_debug_implementations, unnameable_types)]

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_nn::{
    Activation, BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig,
    ConvTranspose2d, ConvTranspose2dConfig, ConvTranspose3d, ConvTranspose3dConfig, Error,
    InferenceBuilder, Kernels,
};

/// Generates a block: the four differ only in their convolution.
macro_rules! block {
    ($(#[$doc:meta])* $block:ident, $layer:ident, $config:ident, $axes:literal, $append:ident) => {
        $(#[$doc])*
        #[derive(Module, Debug)]
        pub(crate) struct $block<B: Backend> {
            /// The convolution.
            pub(crate) conv: $layer<B>,
            /// The batch normalisation of its sums; if there is one, it has the activation.
            pub(crate) norm: Option<BatchNorm<B>>,
        }

        impl<B: Backend> $block<B> {
            /// Builds a block of this convolution and activation, with or without batch normalisation between them.
            ///
            /// # Errors
            /// When the convolution cannot be built.
            pub(crate) fn new(
                conv: &$config,
                norm: bool,
                activation: Activation,
                device: &B::Device,
            ) -> Result<Self, Error> {
                let outputs = conv.channels[1];
                // The activation belongs to the last operation of the block.
                let (of_conv, of_norm) =
                    if norm { (Activation::Identity, activation) } else { (activation, Activation::Identity) };
                let conv = conv.clone().with_activation(of_conv).init(device)?;
                let norm = norm.then(|| BatchNormConfig::new(outputs).with_activation(of_norm).init(device));
                Ok(Self { conv, norm: norm.transpose()? })
            }

            /// Appends the block to an inference chain.
            ///
            /// # Errors
            /// When it does not take the shape that the chain outputs.
            pub(crate) fn append_to(&self, chain: InferenceBuilder) -> Result<InferenceBuilder, Error> {
                let chain = chain.$append(&self.conv)?;
                match &self.norm {
                    Some(norm) => chain.batch_norm(norm),
                    None => Ok(chain),
                }
            }
        }

        impl<B: Kernels> $block<B> {
            /// Applies the block.
            ///
            /// # Shapes
            /// `[batch, in, ...]` to `[batch, out, ...]`.
            ///
            /// # Panics
            /// When the input has another number of channels, or is too small for the kernel.
            pub(crate) fn forward(&self, input: Tensor<B, $axes>) -> Tensor<B, $axes> {
                let output = self.conv.forward(input);
                match &self.norm {
                    Some(norm) => norm.forward(output),
                    None => output,
                }
            }
        }
    };
}

block!(
    /// A convolution over images, optional batch normalisation and an activation.
    ConvBlock2d, Conv2d, Conv2dConfig, 4, conv2d
);
block!(
    /// A convolution over volumes, optional batch normalisation and an activation.
    ConvBlock3d, Conv3d, Conv3dConfig, 5, conv3d
);
block!(
    /// A transposed convolution over images, optional batch normalisation and an activation.
    UpBlock2d, ConvTranspose2d, ConvTranspose2dConfig, 4, conv_transpose2d
);
block!(
    /// A transposed convolution over volumes, optional batch normalisation and an activation.
    UpBlock3d, ConvTranspose3d, ConvTranspose3dConfig, 5, conv_transpose3d
);
