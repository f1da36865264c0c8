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

const KIND: &str = "denoising_ae";

/// Parameters of a [`DenoisingAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DenoisingAeConfig {
    /// The number of channels of each encoder layer; each halves the sides.
    pub channels: Vec<usize>,
    /// The side of every kernel: 3 or 4.
    pub kernel: usize,
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

impl Default for DenoisingAeConfig {
    fn default() -> Self {
        Self {
            channels: vec![64, 128, 256, 512],
            kernel: 3,
            norm: false,
            dropout: 0.0,
            last: Activation::Sigmoid,
        }
    }
}

/// The denoising autoencoder of cuboids: it is trained to reconstruct clean clips from noisy ones, with the frames of a
/// clip as the channels of one image.
///
/// The training examples decide the noise; none is added for scoring. The default has the layers that the documented
/// scores were measured with, which differ from the documented description.
///
/// | layer | as measured (the default) | as described |
/// |---|---|---|
/// | image | 16 gray frames, [0, 1] | 16 gray frames, [0, 1] |
/// | Conv stride 2, `ReLU` | 3x3; 64, 128, 256, 512 channels | 4x4, batch norm; the same channels |
/// | channel dropout after each of these but the last | none | 0.2 |
/// | transposed Conv stride 2, `ReLU` | 3x3, output padding 1; 256, 128, 64 channels | 4x4, batch norm; the same channels |
/// | transposed Conv stride 2, sigmoid | 16 frames | 16 frames |
/// | parameters | 3,116,432 | 5,542,032 |
#[derive(Module, Debug)]
pub struct DenoisingAe<B: Backend> {
    layers: ImageAutoencoder<B>,
    #[module(skip)]
    clip: ClipShape,
}

impl DenoisingAeConfig {
    /// The network as described: the layers of the cuboid autoencoder.
    pub fn described() -> Self {
        Self {
            kernel: 4,
            norm: true,
            dropout: 0.2,
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
    /// When a size is zero, there are no layers, the sides cannot be halved by every layer, `kernel` is neither 3 nor 4,
    /// or `dropout` is outside [0, 1).
    pub fn init<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<DenoisingAe<B>, Error> {
        check_sizes(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[64, 128, 256, 512]")?;
        check_sides(KIND, clip, self.channels.len())?;
        // With padding 1 and stride 2, these are the kernels that exactly halve an even side: (n + 2 - k) / 2 + 1,
        // rounded down.
        if !matches!(self.kernel, 3 | 4) {
            let (name, value) = ("kernel", self.kernel as f64);
            return Err(Error::Parameter {
                kind: KIND,
                name,
                value,
                must: "3 or 4",
            });
        }
        check_dropout(KIND, self.dropout)?;
        let layers = self
            .layers_config(clip)
            .init(device)
            .map_err(Error::layer(KIND))?;
        Ok(DenoisingAe { layers, clip })
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
            kernel: self.kernel,
            latent: 0,
            norm: self.norm,
            dropout: self.dropout,
            encoder: Activation::Relu,
            decoder: Activation::Relu,
            last: self.last,
        }
    }
}

impl<B: Kernels> Reconstruct<B> for DenoisingAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        // The frames of a clip become channels: `[batch, T * C, H, W]`. That is a reshape, no copy.
        let shape = clips.dims();
        self.layers.forward(clips_as_images(clips)).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for DenoisingAe<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}

impl<B: Kernels> Network<B> for DenoisingAe<B> {
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
