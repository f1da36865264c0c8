use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{Activation, ClipLoss, ErrorMapper, Kernels, WeightNames, mean_squared_error};
use serde::{Deserialize, Serialize};

use crate::scoring::Chain;
use crate::shape::{check, check_channels, check_sides, frames_as_images, scale_of};
use crate::{Error, ImageAutoencoder, ImageAutoencoderConfig, Network};

const KIND: &str = "conv_ae";

/// Parameters of a [`ConvAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConvAeConfig {
    /// Channels of each layer on the way down; each halves the sides.
    pub channels: Vec<usize>,
    /// Numbers in the dense bottleneck; 0: none, the network is convolutional throughout. The documents take 64 for
    /// images of 64x64, 128 for 128x128, 256 for 256x256.
    pub latent: usize,
    /// Whether every layer but the last is normalised.
    pub norm: bool,
    /// The activation on the way down.
    #[serde(with = "crate::activation_text")]
    pub encoder: Activation,
    /// The activation on the way up.
    #[serde(with = "crate::activation_text")]
    pub decoder: Activation,
    /// The activation of the output.
    #[serde(with = "crate::activation_text")]
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

/// The convolutional autoencoder of single frames; it takes those of a clip one by one.
///
/// | layer | of RGB, 128x128 | of frame differences |
/// |---|---|---|
/// | image | 3 channels, -1 to 1 | 1 channel, 0 to 1 |
/// | Conv 4x4 stride 2, batch norm, leaky `ReLU` 0.2 | 32, 64, 128, 256, 512 channels | 32, 64, 128 channels, `ReLU`, no norm |
/// | dense there and back | 8192, 128, 8192 | none |
/// | transposed Conv 4x4 stride 2, batch norm, `ReLU` | 256, 128, 64, 32 channels | 64, 32 channels, no norm |
/// | transposed Conv 4x4 stride 2 | 3 channels, tanh | 1 channel, sigmoid |
/// | parameters | 7,683,523 | 329,025 |
#[derive(Module, Debug)]
pub struct ConvAe<B: Backend> {
    /// The layers.
    pub layers: ImageAutoencoder<B>,
    #[module(skip)]
    clip: ClipShape,
}

impl ConvAeConfig {
    /// The one of frame differences, which lie between 0 and 1.
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

    /// The clips of the documents: single RGB frames of 128x128.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape { frames: 1, channels: 3, height: 128, width: 128 }
    }

    /// Which numbers its output can be, and so the frames it learns from should.
    pub fn scale(&self) -> Scale {
        scale_of(self.last)
    }

    /// A network for these clips, with PyTorch's default weights.
    ///
    /// # Errors
    /// When a size is zero, there is no layer, or the sides cannot be halved by each.
    pub fn init<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<ConvAe<B>, Error> {
        check(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[32, 64, 128]")?;
        check_sides(KIND, clip, self.channels.len())?;
        let layers = self.layers(clip).init(device).map_err(Error::layer(KIND))?;
        Ok(ConvAe { layers, clip })
    }

    /// How PyTorch's names for its weights lead to its fields.
    pub fn weight_names(&self) -> WeightNames {
        self.layers(self.default_clip()).weight_names("layers")
    }

    fn layers(&self, clip: ClipShape) -> ImageAutoencoderConfig {
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

impl<B: Kernels> ErrorMapper<B> for ConvAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        self.layers.forward(frames_as_images(clips)).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for ConvAe<B> {
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(seen), wanted)
    }
}

impl<B: Kernels> Network<B> for ConvAe<B> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn frozen(&self, device: &B::Device) -> Result<Box<dyn ClipScorer>, Error> {
        Chain::<B>::boxed(KIND, self.clip, self.clip.frames, self.layers.chain(), device)
    }
}
