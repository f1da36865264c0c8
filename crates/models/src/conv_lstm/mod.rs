mod inference;

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, ClipLoss, Conv2dConfig, ConvLstm, ConvLstmConfig, ConvTranspose2dConfig, Kernels,
    Reconstruct, WeightNames, mean_squared_error,
};
use serde::{Deserialize, Serialize};

use crate::blocks::{ConvBlock2d, UpBlock2d};
use crate::clip_shape::{
    check_channels, check_sides, check_sizes, frames_as_images, input_scale, supports_scale,
};
use crate::error::Error;
use crate::weight_names::Sequential;

const KIND: &str = "conv_lstm";

/// Parameters of a [`ConvLstmPredictor`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConvLstmPredictorConfig {
    /// The number of channels of each encoder layer; each halves the sides.
    pub channels: Vec<usize>,
    /// The number of channels of the hidden state.
    pub hidden: usize,
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

impl Default for ConvLstmPredictorConfig {
    fn default() -> Self {
        Self {
            channels: vec![32, 64, 128, 256],
            hidden: 64,
            encoder: Activation::LeakyRelu(0.2),
            decoder: Activation::Relu,
            last: Activation::Tanh,
        }
    }
}

/// A network that predicts the last frame of a clip from the frames before it.
///
/// | layer | for 8 RGB frames and the next |
/// |---|---|
/// | images | 3 channels, [-1, 1] |
/// | each frame: 4 of Conv 4x4 stride 2, batch norm, leaky `ReLU` 0.2 | 32, 64, 128, 256 channels |
/// | all frames: convolutional LSTM 3x3, gates in the order input, forget, output, cell | 64 channels |
/// | its last hidden state: Conv 3x3, batch norm, `ReLU` | 256 channels |
/// | 3 of transposed Conv 4x4 stride 2, batch norm, `ReLU` | 128, 64, 32 channels |
/// | transposed Conv 4x4 stride 2, tanh | 3 channels |
/// | parameters | 2,267,203 |
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_core::ClipShape;
/// use oddframe_models::{ConvLstmPredictor, ConvLstmPredictorConfig};
/// use oddframe_nn::Reconstruct;
///
/// let config = ConvLstmPredictorConfig { channels: vec![4, 8], hidden: 4, ..Default::default() };
/// let clip = ClipShape { frames: 5, channels: 3, height: 16, width: 16 };
/// let network: ConvLstmPredictor<Flex> = config.init(clip, &Default::default())?;
///
/// // It sees four frames of each clip and predicts the fifth.
/// let predicted = network.reconstruct(Tensor::zeros([2, 5, 3, 16, 16], &Default::default()));
/// assert_eq!(predicted.dims(), [2, 1, 3, 16, 16]);
/// assert_eq!(network.predicted_frames(5), 4..5);
/// # Ok::<(), oddframe_models::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct ConvLstmPredictor<B: Backend> {
    /// The encoder.
    down: Vec<ConvBlock2d<B>>,
    /// The convolutional LSTM.
    cell: ConvLstm<B>,
    /// The convolution from the hidden state to the channels of the decoder.
    widen: ConvBlock2d<B>,
    /// The decoder.
    up: Vec<UpBlock2d<B>>,
    #[module(skip)]
    clip: ClipShape,
}

impl ConvLstmPredictorConfig {
    /// The documented clips: 8 RGB frames of 128x128, and the one to predict.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape {
            frames: 9,
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
    /// When a size is zero, there are no layers, a clip has fewer than two frames, or the sides cannot be halved by every
    /// layer.
    pub fn init<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<ConvLstmPredictor<B>, Error> {
        check_sizes(KIND, clip, &[("`hidden`", self.hidden)])?;
        check_channels(KIND, &self.channels, "[32, 64, 128, 256]")?;
        check_sides(KIND, clip, self.channels.len())?;
        if clip.frames < 2 {
            let why = "one to predict, and those it is predicted from";
            return Err(Error::Frames {
                kind: KIND,
                found: clip.frames,
                least: 2,
                why,
            });
        }
        self.init_layers(clip, device).map_err(Error::layer(KIND))
    }

    /// Maps PyTorch's parameter names to the network's fields.
    pub fn weight_names(&self) -> WeightNames {
        // PyTorch's decoder begins with the widening block and numbers on from there.
        let steps = self.channels.len();
        let names = Sequential::new("encoder.", WeightNames::new())
            .add_blocks("down", steps, true)
            .into_names();
        Sequential::new("decoder.", names)
            .add_block("widen", true)
            .add_blocks("up", steps, false)
            .into_names()
    }

    fn init_layers<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<ConvLstmPredictor<B>, oddframe_nn::Error> {
        let widths: Vec<usize> = std::iter::once(clip.channels)
            .chain(self.channels.iter().copied())
            .collect();
        let innermost = widths[self.channels.len()];
        // Encoder and decoder mirror each other; the outermost decoder layer has no normalisation, so that its
        // activation sees the plain sums.
        let down = widths.windows(2).map(|pair| {
            let conv = Conv2dConfig::new([pair[0], pair[1]], [4, 4])
                .with_stride([2, 2])
                .with_padding([1, 1]);
            ConvBlock2d::new(&conv, true, self.encoder, device)
        });
        let up = widths.windows(2).enumerate().rev().map(|(place, pair)| {
            let conv = ConvTranspose2dConfig::new([pair[1], pair[0]], [4, 4]).with_stride([2, 2]);
            let activation = if place == 0 { self.last } else { self.decoder };
            UpBlock2d::new(&conv.with_padding([1, 1]), place > 0, activation, device)
        });
        let widen = Conv2dConfig::new([self.hidden, innermost], [3, 3]).with_padding([1, 1]);
        Ok(ConvLstmPredictor {
            down: down.collect::<Result<_, _>>()?,
            cell: ConvLstmConfig::new([innermost, self.hidden], [3, 3]).init(device)?,
            widen: ConvBlock2d::new(&widen, true, self.decoder, device)?,
            up: up.collect::<Result<_, _>>()?,
            clip,
        })
    }
}

impl<B: Kernels> Reconstruct<B> for ConvLstmPredictor<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let [batch, frames, channels, height, width] = clips.dims();
        // The encoder reads the frames one by one; the recurrence is over its outputs.
        let steps = frames - 1;
        // The frame to predict is cut off before anything sees it:
        //
        //   clip     0 1 2 … T-2 | T-1
        //   input    0 1 2 … T-2              encoder, recurrence over T - 1 steps
        //   target                 T-1        decoded from the last hidden state
        let images = frames_as_images(clips.narrow(1, 0, steps));
        let images = self
            .down
            .iter()
            .fold(images, |images, block| block.forward(images));
        let [_, inner, rows, columns] = images.dims();
        // Only the last hidden state is decoded: it summarises the frames before the predicted one.
        let (_, last) = self
            .cell
            .forward(images.reshape([batch, steps, inner, rows, columns]), None);
        let next = self.widen.forward(last.hidden);
        let next = self.up.iter().fold(next, |next, block| block.forward(next));
        next.reshape([batch, 1, channels, height, width])
    }

    fn predicted_frames(&self, frames: usize) -> Range<usize> {
        frames - 1..frames
    }
}

impl<B: Kernels> ClipLoss<B> for ConvLstmPredictor<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}
