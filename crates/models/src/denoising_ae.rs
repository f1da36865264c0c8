use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{Activation, ClipLoss, ErrorMapper, Kernels, WeightNames, mean_squared_error};
use serde::{Deserialize, Serialize};

use crate::scoring::Chain;
use crate::shape::{check, check_channels, check_dropout, check_sides, clips_as_images, scale_of};
use crate::{Error, ImageAutoencoder, ImageAutoencoderConfig, Network};

const KIND: &str = "denoising_ae";

/// Parameters of a [`DenoisingAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DenoisingAeConfig {
    /// Channels of each layer on the way down; each halves the sides.
    pub channels: Vec<usize>,
    /// 3 or 4: rows and columns of every kernel.
    pub kernel: usize,
    /// Whether every layer but the last is normalised.
    pub norm: bool,
    /// The share of channels dropped behind every layer on the way down but the last.
    pub dropout: f64,
    /// The activation of the output.
    #[serde(with = "crate::activation_text")]
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

/// The denoising autoencoder: it sees noisy cuboids, the frames of a clip as the channels of one image, and learns to
/// give the clean ones. What it learns from says how noisy; nothing is added in scoring.
///
/// | layer | as it was run (the default) | as it was described |
/// |---|---|---|
/// | image | 16 gray frames, 0 to 1 | 16 gray frames, 0 to 1 |
/// | Conv stride 2, `ReLU` | 3x3; 64, 128, 256, 512 channels | 4x4, batch norm; the same channels |
/// | dropped channels, behind all of these but the last | none | 0.2 |
/// | transposed Conv stride 2, `ReLU` | 3x3, output padding 1; 256, 128, 64 channels | 4x4, batch norm; the same channels |
/// | transposed Conv stride 2, sigmoid | 16 frames | 16 frames |
/// | parameters | 3,116,432 | 5,542,032 |
#[derive(Module, Debug)]
pub struct DenoisingAe<B: Backend> {
    /// The layers.
    pub layers: ImageAutoencoder<B>,
    #[module(skip)]
    clip: ClipShape,
}

impl DenoisingAeConfig {
    /// The one that was described: the layers of the cuboid autoencoder.
    pub fn described() -> Self {
        Self { kernel: 4, norm: true, dropout: 0.2, ..Self::default() }
    }

    /// The clips of the documents: 16 gray frames of 128x128.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape { frames: 16, channels: 1, height: 128, width: 128 }
    }

    /// Which numbers its output can be, and so the frames it learns from should.
    pub fn scale(&self) -> Scale {
        scale_of(self.last)
    }

    /// A network for these clips, with PyTorch's default weights.
    ///
    /// # Errors
    /// When a size is zero, there is no layer, the sides cannot be halved by each, the kernel is neither 3 nor 4, or the
    /// dropout is no share.
    pub fn init<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<DenoisingAe<B>, Error> {
        check(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[64, 128, 256, 512]")?;
        check_sides(KIND, clip, self.channels.len())?;
        if !matches!(self.kernel, 3 | 4) {
            let (name, value) = ("kernel", self.kernel as f64);
            return Err(Error::Parameter { kind: KIND, name, value, must: "3 or 4" });
        }
        check_dropout(KIND, self.dropout)?;
        let layers = self.layers(clip).init(device).map_err(Error::layer(KIND))?;
        Ok(DenoisingAe { layers, clip })
    }

    /// How PyTorch's names for its weights lead to its fields.
    pub fn weight_names(&self) -> WeightNames {
        self.layers(self.default_clip()).weight_names("layers")
    }

    fn layers(&self, clip: ClipShape) -> ImageAutoencoderConfig {
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

impl<B: Kernels> ErrorMapper<B> for DenoisingAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        self.layers.forward(clips_as_images(clips)).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for DenoisingAe<B> {
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(seen), wanted)
    }
}

impl<B: Kernels> Network<B> for DenoisingAe<B> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn frozen(&self, device: &B::Device) -> Result<Box<dyn ClipScorer>, Error> {
        Chain::<B>::boxed(KIND, self.clip, 1, self.layers.chain(), device)
    }
}
