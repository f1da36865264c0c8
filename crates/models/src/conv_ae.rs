use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, Arithmetic, ClipLoss, Kernels, Reconstruct, WeightNames, mean_squared_error,
};
use serde::{Deserialize, Serialize};

use crate::clip_shape::{
    check_channels, check_sides, check_sizes, frames_as_images, input_scale, supports_scale,
};
use crate::error::Error;
use crate::image_autoencoder::inference::ImageInference;
use crate::image_autoencoder::{ImageAutoencoder, ImageAutoencoderConfig};
use crate::layer_scorer::LayerScorer;
use crate::network::Network;

const KIND: &str = "conv_ae";

/// Parameters of a [`ConvAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConvAeConfig {
    /// The number of channels of each encoder layer; each halves the sides.
    pub channels: Vec<usize>,
    /// The number of features of the dense bottleneck; 0 for none, which makes the network fully convolutional. Documented
    /// are 64 for images of 64x64, 128 for 128x128 and 256 for 256x256.
    pub latent: usize,
    /// Whether every layer but the last has batch normalisation.
    pub norm: bool,
    /// The activation of the encoder.
    #[serde(with = "crate::activation_text")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::activation_text::json_schema")
    )]
    pub encoder: Activation,
    /// The activation of the decoder.
    #[serde(with = "crate::activation_text")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::activation_text::json_schema")
    )]
    pub decoder: Activation,
    /// The activation of the output, which decides the range of the frames: see [`ModelConfig`](crate::ModelConfig).
    #[serde(with = "crate::activation_text")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::activation_text::json_schema")
    )]
    pub last: Activation,
}

impl Default for ConvAeConfig {
    fn default() -> Self {
        Self {
            channels: vec![32, 64, 128, 256, 512],
            latent: 128,
            norm: true,
            encoder: Activation::LeakyRelu(0.2),
            decoder: Activation::Relu,
            last: Activation::Tanh,
        }
    }
}

/// The convolutional autoencoder of single frames. It reconstructs each frame of a clip independently.
///
/// | layer | RGB, 128x128 | frame differences |
/// |---|---|---|
/// | image | 3 channels, [-1, 1] | 1 channel, [0, 1] |
/// | Conv 4x4 stride 2, batch norm, leaky `ReLU` 0.2 | 32, 64, 128, 256, 512 channels | 32, 64, 128 channels, `ReLU`, no norm |
/// | dense bottleneck | 8192, 128, 8192 | none |
/// | transposed Conv 4x4 stride 2, batch norm, `ReLU` | 256, 128, 64, 32 channels | 64, 32 channels, no norm |
/// | transposed Conv 4x4 stride 2 | 3 channels, tanh | 1 channel, sigmoid |
/// | parameters | 7,683,523 | 329,025 |
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_core::ClipShape;
/// use oddframe_models::{ConvAeConfig, Network};
///
/// let config = ConvAeConfig { channels: vec![8, 16], latent: 12, ..ConvAeConfig::default() };
/// let clip = ClipShape { frames: 1, channels: 3, height: 32, width: 32 };
/// let network = config.init::<Flex>(clip, &Default::default())?;
///
/// let mut scorer = network.to_inference()?;
/// let mut output = vec![0.0; 3 * 32 * 32];
/// scorer.reconstruct(&vec![0.5; 3 * 32 * 32], 1, &mut output)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Module, Debug)]
pub struct ConvAe<B: Backend> {
    layers: ImageAutoencoder<B>,
    #[module(skip)]
    clip: ClipShape,
}

impl ConvAeConfig {
    /// The autoencoder of absolute frame differences, whose values are in [0, 1].
    pub fn of_differences() -> Self {
        Self {
            channels: vec![32, 64, 128],
            latent: 0,
            norm: false,
            encoder: Activation::Relu,
            decoder: Activation::Relu,
            last: Activation::Sigmoid,
        }
    }

    /// The documented clips: single RGB frames of 128x128.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape {
            frames: 1,
            channels: 3,
            height: 128,
            width: 128,
        }
    }

    /// The range of the frames to train and score it on: the one that its output activation covers.
    pub fn input_scale(&self) -> Scale {
        input_scale(self.last)
    }

    /// Whether its output can take every value of frames in this range.
    pub fn supports_scale(&self, scale: Scale) -> bool {
        supports_scale(self.last, scale)
    }

    /// Builds a network for these clips, with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, there are no layers, or the sides cannot be halved by every layer.
    pub fn init<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<ConvAe<B>, Error> {
        check_sizes(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[32, 64, 128]")?;
        check_sides(KIND, clip, self.channels.len())?;
        let layers = self
            .layers_config(clip)
            .init(device)
            .map_err(Error::layer(KIND))?;
        Ok(ConvAe { layers, clip })
    }

    /// Maps PyTorch's parameter names to the network's fields.
    pub fn weight_names(&self) -> WeightNames {
        self.layers_config(self.default_clip())
            .weight_names("layers")
    }

    fn layers_config(&self, clip: ClipShape) -> ImageAutoencoderConfig {
        ImageAutoencoderConfig {
            image: [clip.channels, clip.height, clip.width],
            channels: self.channels.clone(),
            kernel: 4,
            latent: self.latent,
            norm: self.norm,
            dropout: 0.0,
            encoder: self.encoder,
            decoder: self.decoder,
            last: self.last,
        }
    }
}

impl<B: Kernels> Reconstruct<B> for ConvAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        // Frames become images of one large batch: `[batch * T, C, H, W]`.
        let shape = clips.dims();
        self.layers.forward(frames_as_images(clips)).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for ConvAe<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}

impl<B: Kernels> Network<B> for ConvAe<B> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn clip_shape(&self) -> ClipShape {
        self.clip
    }

    fn fused_inference(
        &self,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Option<Box<dyn ClipScorer>>, Error> {
        let layers = ImageInference::new(self.clip.frames, &self.layers, device, arithmetic);
        LayerScorer::boxed(self, layers)
    }
}
