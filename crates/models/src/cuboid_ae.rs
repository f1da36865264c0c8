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
    check_channels, check_dropout, check_sides, check_sizes, clips_as_images, input_scale,
    supports_scale,
};
use crate::error::Error;
use crate::image_autoencoder::inference::ImageInference;
use crate::image_autoencoder::{ImageAutoencoder, ImageAutoencoderConfig};
use crate::layer_scorer::LayerScorer;
use crate::network::Network;

const KIND: &str = "cuboid_ae";

/// Parameters of a [`CuboidAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CuboidAeConfig {
    /// The number of channels of each encoder layer; each halves the sides.
    pub channels: Vec<usize>,
    /// Whether every layer but the last has batch normalisation.
    pub norm: bool,
    /// The share of channels dropped after every encoder layer but the last, in training.
    pub dropout: f64,
    /// The activation of the output, which decides the range of the frames: see [`ModelConfig`](crate::ModelConfig).
    #[serde(with = "crate::activation_text")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::activation_text::json_schema")
    )]
    pub last: Activation,
}

impl Default for CuboidAeConfig {
    fn default() -> Self {
        Self {
            channels: vec![64, 128, 256, 512],
            norm: true,
            dropout: 0.2,
            last: Activation::Sigmoid,
        }
    }
}

/// The autoencoder of cuboids (clips of gray frames): the frames of a clip are the channels of one image.
///
/// | layer | regularised (the default) | plain |
/// |---|---|---|
/// | image | 16 gray frames, [0, 1] | 16 gray frames, [0, 1] |
/// | Conv 4x4 stride 2, `ReLU` | 64, 128, 256, 512 channels, batch norm | 64, 128, 256, 512 channels |
/// | channel dropout after each of these but the last | 0.2 | none |
/// | transposed Conv 4x4 stride 2, `ReLU` | 256, 128, 64 channels, batch norm | 256, 128, 64 channels |
/// | transposed Conv 4x4 stride 2, sigmoid | 16 frames | 16 frames |
/// | parameters | 5,542,032 | 5,539,216 |
#[derive(Module, Debug)]
pub struct CuboidAe<B: Backend> {
    layers: ImageAutoencoder<B>,
    #[module(skip)]
    clip: ClipShape,
}

impl CuboidAeConfig {
    /// The variant with neither batch normalisation nor dropout.
    pub fn plain() -> Self {
        Self {
            norm: false,
            dropout: 0.0,
            ..Self::default()
        }
    }

    /// The documented clips: 16 gray frames of 128x128.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape {
            frames: 16,
            channels: 1,
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
    /// When a size is zero, there are no layers, the sides cannot be halved by every layer, or `dropout` is outside [0, 1).
    pub fn init<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<CuboidAe<B>, Error> {
        check_sizes(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[64, 128, 256, 512]")?;
        check_sides(KIND, clip, self.channels.len())?;
        check_dropout(KIND, self.dropout)?;
        let layers = self
            .layers_config(clip)
            .init(device)
            .map_err(Error::layer(KIND))?;
        Ok(CuboidAe { layers, clip })
    }

    /// Maps PyTorch's parameter names to the network's fields.
    pub fn weight_names(&self) -> WeightNames {
        self.layers_config(self.default_clip())
            .weight_names("layers")
    }

    fn layers_config(&self, clip: ClipShape) -> ImageAutoencoderConfig {
        ImageAutoencoderConfig {
            image: [clip.frames * clip.channels, clip.height, clip.width],
            channels: self.channels.clone(),
            kernel: 4,
            latent: 0,
            norm: self.norm,
            dropout: self.dropout,
            encoder: Activation::Relu,
            decoder: Activation::Relu,
            last: self.last,
        }
    }
}

impl<B: Kernels> Reconstruct<B> for CuboidAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        // The frames of a clip become channels: `[batch, T * C, H, W]`. That is a reshape, no copy.
        let shape = clips.dims();
        self.layers.forward(clips_as_images(clips)).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for CuboidAe<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}

impl<B: Kernels> Network<B> for CuboidAe<B> {
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
        let layers = ImageInference::new(1, &self.layers, device, arithmetic);
        LayerScorer::boxed(self, layers)
    }
}
