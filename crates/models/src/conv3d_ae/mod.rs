mod inference;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, ClipLoss, Conv3dConfig, ConvTranspose3dConfig, Kernels, Reconstruct, WeightNames,
    mean_squared_error,
};
use serde::{Deserialize, Serialize};

use crate::blocks::{ConvBlock3d, Latent, UpBlock3d};
use crate::clip_shape::{
    check_channels, check_halvings, check_sides, check_sizes, input_scale, supports_scale,
};
use crate::error::Error;
use crate::weight_names::Sequential;

const KIND: &str = "conv3d_ae";

/// Parameters of a [`Conv3dAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conv3dAeConfig {
    /// The number of channels of each encoder layer; each halves the sides, and each but the first the frames.
    pub channels: Vec<usize>,
    /// The number of features of the dense bottleneck; 0 for none.
    pub latent: usize,
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

/// The autoencoder of clips as volumes: 3D convolutions treat time as an axis like rows and columns.
///
/// | layer | for 8 RGB frames of 128x128 |
/// |---|---|
/// | volume | 3 channels of 8 x 128 x 128, [-1, 1] |
/// | Conv 3x3x3 stride 1x2x2, no bias, batch norm, leaky `ReLU` 0.2 | 32 channels |
/// | 3 of Conv 3x3x3 stride 2, no bias, batch norm, leaky `ReLU` 0.2 | 64, 128, 256 channels |
/// | dense bottleneck | 16384, 256, 16384 |
/// | transposed Conv 2x4x4 stride 2, no bias, batch norm, `ReLU` | 128 channels |
/// | 2 of transposed Conv 4x4x4 stride 2, no bias, batch norm, `ReLU` | 64, 32 channels |
/// | transposed Conv 1x4x4 stride 1x2x2, tanh | 3 channels |
/// | parameters | 11,275,939 |
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_core::ClipShape;
/// use oddframe_models::Conv3dAeConfig;
///
/// let config = Conv3dAeConfig { channels: vec![4, 8, 16], latent: 10, ..Default::default() };
/// let clip = |frames| ClipShape { frames, channels: 1, height: 16, width: 16 };
/// assert!(config.init::<Flex>(clip(4), &Default::default()).is_ok());
/// // Two of the three layers halve the number of frames.
/// let error = config.init::<Flex>(clip(6), &Default::default()).unwrap_err();
/// assert!(error.to_string().contains("6 frames cannot be halved 2 times"));
/// ```
#[derive(Module, Debug)]
pub struct Conv3dAe<B: Backend> {
    /// The encoder.
    down: Vec<ConvBlock3d<B>>,
    /// The dense bottleneck.
    latent: Option<Latent<B>>,
    /// The decoder.
    up: Vec<UpBlock3d<B>>,
    #[module(skip)]
    clip: ClipShape,
}

impl Conv3dAeConfig {
    /// The documented clips: 8 RGB frames of 128x128.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape {
            frames: 8,
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
    /// When a size is zero, there are no layers, or frames or sides cannot be halved by every layer.
    pub fn init<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<Conv3dAe<B>, Error> {
        check_sizes(KIND, clip, &[])?;
        check_channels(KIND, &self.channels, "[32, 64, 128, 256]")?;
        check_sides(KIND, clip, self.channels.len())?;
        check_halvings(KIND, "frames", clip.frames, self.channels.len() - 1)?;
        self.init_layers(clip, device).map_err(Error::layer(KIND))
    }

    /// Maps PyTorch's parameter names to the network's fields.
    pub fn weight_names(&self) -> WeightNames {
        // PyTorch's module has `squeeze` and `expand` at the top, and two `Sequential`s.
        let (steps, mut names) = (self.channels.len(), WeightNames::new());
        for layer in ["squeeze", "expand"] {
            names = names.with(layer, format!("latent.{layer}"));
        }
        names = Sequential::new("encoder.", names)
            .add_blocks("down", steps, true)
            .into_names();
        Sequential::new("decoder.", names)
            .add_blocks("up", steps, false)
            .into_names()
    }

    fn init_layers<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<Conv3dAe<B>, oddframe_nn::Error> {
        let steps = self.channels.len();
        let widths: Vec<usize> = std::iter::once(clip.channels)
            .chain(self.channels.iter().copied())
            .collect();
        // The convolutions have no bias where a normalisation follows, which has one.
        let down = widths.windows(2).enumerate().map(|(place, pair)| {
            // The outermost layer keeps all frames, so that short clips survive as many layers as there are: for 8
            // frames of 128x128
            //
            //   frames   8 ─▶ 8 ─▶ 4 ─▶ 2 ─▶ 1
            //   sides  128 ─▶ 64 ─▶ 32 ─▶ 16 ─▶ 8
            let conv = Conv3dConfig::new([pair[0], pair[1]], [3, 3, 3]).with_stride([
                time_stride(place),
                2,
                2,
            ]);
            ConvBlock3d::new(
                &conv.with_padding([1, 1, 1]).with_bias(false),
                true,
                self.encoder,
                device,
            )
        });
        let up = widths.windows(2).enumerate().rev().map(|(place, pair)| {
            // At the innermost layer a single frame may be left: a kernel of 4 in time would mostly read padding.
            let (kernel, padding) = match place {
                0 => (1, 0),
                _ if place + 1 == steps => (2, 0),
                _ => (4, 1),
            };
            let conv = ConvTranspose3dConfig::new([pair[1], pair[0]], [kernel, 4, 4])
                .with_stride([time_stride(place), 2, 2])
                .with_padding([padding, 1, 1])
                .with_bias(place == 0);
            UpBlock3d::new(
                &conv,
                place > 0,
                if place == 0 { self.last } else { self.decoder },
                device,
            )
        });
        let (down, up) = (
            down.collect::<Result<_, _>>()?,
            up.collect::<Result<_, _>>()?,
        );
        // Every layer halves the sides, every layer but the first the frames.
        let positions =
            (clip.frames >> (steps - 1)) * (clip.height >> steps) * (clip.width >> steps);
        let latent =
            (self.latent > 0).then(|| Latent::new(widths[steps] * positions, self.latent, device));
        Ok(Conv3dAe {
            down,
            latent: latent.transpose()?,
            up,
            clip,
        })
    }
}

impl<B: Kernels> Reconstruct<B> for Conv3dAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        // A clip is `[batch, T, C, H, W]`, a volume `[batch, C, T, H, W]`.
        // Channels must come first for a convolution to sum over them; time becomes the depth of the volume.
        let volumes = clips.swap_dims(1, 2);
        let mut inner = self
            .down
            .iter()
            .fold(volumes, |inner, block| block.forward(inner));
        if let Some(latent) = &self.latent {
            inner = latent.forward(inner);
        }
        self.up
            .iter()
            .fold(inner, |inner, block| block.forward(inner))
            .swap_dims(1, 2)
    }
}

impl<B: Kernels> ClipLoss<B> for Conv3dAe<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}

/// The stride in time of an encoder layer and of its decoder counterpart: the outermost ones keep all frames.
fn time_stride(place: usize) -> usize {
    if place == 0 { 1 } else { 2 }
}
