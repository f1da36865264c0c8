use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, ClipLoss, Conv3dConfig, ConvTranspose3dConfig, ErrorMapper, Freezer, Kernels, WeightNames,
    mean_squared_error,
};
use serde::{Deserialize, Serialize};

use crate::scoring::FrozenVolumes;
use crate::shape::{check, check_channels, check_halvings, check_sides, scale_of};
use crate::weight_names::Sequential;
use crate::{ConvBlock3d, Error, Latent, Network, UpBlock3d};

const KIND: &str = "conv3d_ae";

/// Parameters of a [`Conv3dAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conv3dAeConfig {
    /// Channels of each layer on the way down; each halves the sides, each but the first the frames.
    pub channels: Vec<usize>,
    /// Numbers in the dense bottleneck; 0: none.
    pub latent: usize,
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

impl Default for Conv3dAeConfig {
    fn default() -> Self {
        Self {
            channels: vec![32, 64, 128, 256],
            latent: 256,
            encoder: Activation::LeakyRelu(0.2),
            decoder: Activation::Relu,
            last: Activation::Tanh,
        }
    }
}

/// The autoencoder of clips as volumes: time is an axis like rows and columns.
///
/// | layer | for 8 RGB frames of 128x128 |
/// |---|---|
/// | volume | 3 channels of 8 x 128 x 128, -1 to 1 |
/// | Conv 3x3x3 stride 1x2x2, no bias, batch norm, leaky `ReLU` 0.2 | 32 channels |
/// | 3 of Conv 3x3x3 stride 2, no bias, batch norm, leaky `ReLU` 0.2 | 64, 128, 256 channels |
/// | dense there and back | 16384, 256, 16384 |
/// | transposed Conv 2x4x4 stride 2, no bias, batch norm, `ReLU` | 128 channels |
/// | 2 of transposed Conv 4x4x4 stride 2, no bias, batch norm, `ReLU` | 64, 32 channels |
/// | transposed Conv 1x4x4 stride 1x2x2, tanh | 3 channels |
/// | parameters | 11,275,939 |
#[derive(Module, Debug)]
pub struct Conv3dAe<B: Backend> {
    /// The way down.
    pub down: Vec<ConvBlock3d<B>>,
    /// The bottleneck.
    pub latent: Option<Latent<B>>,
    /// The way up.
    pub up: Vec<UpBlock3d<B>>,
    #[module(skip)]
    clip: ClipShape,
}

impl Conv3dAeConfig {
    /// The clips of the documents: 8 RGB frames of 128x128.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape { frames: 8, channels: 3, height: 128, width: 128 }
    }

    /// Which numbers its output can be, and so the frames it learns from should.
    pub fn scale(&self) -> Scale {
        scale_of(self.last)
    }

    /// A network for these clips, with PyTorch's default weights.
    ///
    /// # Errors
    /// When a size is zero, there is no layer, or frames or sides cannot be halved by each.
    pub fn init<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<Conv3dAe<B>, Error> {
        check(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[32, 64, 128, 256]")?;
        check_sides(KIND, clip, self.channels.len())?;
        check_halvings(KIND, "frames", clip.frames, self.channels.len() - 1)?;
        self.layers(clip, device).map_err(Error::layer(KIND))
    }

    /// How PyTorch's names for its weights lead to its fields.
    pub fn weight_names(&self) -> WeightNames {
        let (steps, mut names) = (self.channels.len(), WeightNames::new());
        for layer in ["squeeze", "expand"] {
            names = names.with(layer, format!("latent.{layer}"));
        }
        names = Sequential::new("encoder.", names).blocks("down", steps, true).names();
        Sequential::new("decoder.", names).blocks("up", steps, false).names()
    }

    fn layers<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<Conv3dAe<B>, oddframe_nn::Error> {
        let steps = self.channels.len();
        let widths: Vec<usize> =
            std::iter::once(clip.channels).chain(self.channels.iter().copied()).collect();
        // The outermost layers leave time as it is.
        let in_time = |place: usize| if place == 0 { 1 } else { 2 };
        let down = widths.windows(2).enumerate().map(|(place, pair)| {
            let conv = Conv3dConfig::new([pair[0], pair[1]], [3, 3, 3]).with_stride([in_time(place), 2, 2]);
            ConvBlock3d::new(&conv.with_padding([1, 1, 1]).with_bias(false), true, self.encoder, device)
        });
        let up = widths.windows(2).enumerate().rev().map(|(place, pair)| {
            // The innermost may find a single frame, of which a kernel of 4 would see nothing but zeros around.
            let (kernel, padding) = match place {
                0 => (1, 0),
                _ if place + 1 == steps => (2, 0),
                _ => (4, 1),
            };
            let conv = ConvTranspose3dConfig::new([pair[1], pair[0]], [kernel, 4, 4])
                .with_stride([in_time(place), 2, 2])
                .with_padding([padding, 1, 1])
                .with_bias(place == 0);
            UpBlock3d::new(&conv, place > 0, if place == 0 { self.last } else { self.decoder }, device)
        });
        let (down, up) = (down.collect::<Result<_, _>>()?, up.collect::<Result<_, _>>()?);
        let positions = (clip.frames >> (steps - 1)) * (clip.height >> steps) * (clip.width >> steps);
        let latent = (self.latent > 0).then(|| Latent::new(widths[steps] * positions, self.latent, device));
        Ok(Conv3dAe { down, latent: latent.transpose()?, up, clip })
    }
}

impl<B: Backend> Conv3dAe<B> {
    fn chain(&self) -> Result<Freezer, oddframe_nn::Error> {
        let ClipShape { frames, channels, height, width } = self.clip;
        let steps = self.down.len();
        let mut chain = Freezer::new(&[channels, frames, height, width]);
        for block in &self.down {
            chain = block.freeze(chain)?;
        }
        if let (Some(latent), Some(first)) = (&self.latent, self.up.first()) {
            let innermost = first.conv.weight.val().dims()[0];
            chain =
                latent.freeze(chain, &[innermost, frames >> (steps - 1), height >> steps, width >> steps])?;
        }
        self.up.iter().try_fold(chain, |chain, block| block.freeze(chain))
    }
}

impl<B: Kernels> ErrorMapper<B> for Conv3dAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let volumes = clips.swap_dims(1, 2);
        let mut inner = self.down.iter().fold(volumes, |inner, block| block.forward(inner));
        if let Some(latent) = &self.latent {
            inner = latent.forward(inner);
        }
        self.up.iter().fold(inner, |inner, block| block.forward(inner)).swap_dims(1, 2)
    }
}

impl<B: Kernels> ClipLoss<B> for Conv3dAe<B> {
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(seen), wanted)
    }
}

impl<B: Kernels> Network<B> for Conv3dAe<B> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn frozen(&self, device: &B::Device) -> Result<Box<dyn ClipScorer>, Error> {
        let layers = self.chain().and_then(|chain| chain.build::<B>(device)).map_err(Error::layer(KIND))?;
        Ok(Box::new(FrozenVolumes::new(KIND, self.clip, layers)))
    }
}
