use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, ClipLoss, Conv2dConfig, ConvLstm, ConvLstmConfig, ConvTranspose2dConfig, ErrorMapper,
    Kernels, WeightNames, mean_squared_error,
};
use serde::{Deserialize, Serialize};

use crate::scoring::FrozenPredictor;
use crate::shape::{check, check_channels, check_sides, frames_as_images, scale_of};
use crate::weight_names::Sequential;
use crate::{ConvBlock2d, Error, Network, UpBlock2d};

const KIND: &str = "conv_lstm";

/// Parameters of a [`ConvLstmPredictor`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConvLstmPredictorConfig {
    /// Channels of each layer on the way down; each halves the sides.
    pub channels: Vec<usize>,
    /// Channels of what is remembered.
    pub hidden: usize,
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

/// A network that foretells the last frame of a clip from those before it, of which it sees nothing else.
///
/// | layer | for 8 RGB frames and the next |
/// |---|---|
/// | images | 3 channels, -1 to 1 |
/// | each: 4 of Conv 4x4 stride 2, batch norm, leaky `ReLU` 0.2 | 32, 64, 128, 256 channels |
/// | all: convolutional LSTM 3x3, gates in the order input, forget, output, cell | 64 channels |
/// | the last: Conv 3x3, batch norm, `ReLU` | 256 channels |
/// | 3 of transposed Conv 4x4 stride 2, batch norm, `ReLU` | 128, 64, 32 channels |
/// | transposed Conv 4x4 stride 2, tanh | 3 channels |
/// | parameters | 2,267,203 |
#[derive(Module, Debug)]
pub struct ConvLstmPredictor<B: Backend> {
    /// The way down.
    pub down: Vec<ConvBlock2d<B>>,
    /// What remembers.
    pub cell: ConvLstm<B>,
    /// From what is remembered to the channels of the way up.
    pub widen: ConvBlock2d<B>,
    /// The way up.
    pub up: Vec<UpBlock2d<B>>,
    #[module(skip)]
    clip: ClipShape,
}

impl ConvLstmPredictorConfig {
    /// The clips of the documents: 8 RGB frames of 128x128, and the one to foretell.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape { frames: 9, channels: 3, height: 128, width: 128 }
    }

    /// Which numbers its output can be, and so the frames it learns from should.
    pub fn scale(&self) -> Scale {
        scale_of(self.last)
    }

    /// A network for these clips, with PyTorch's default weights.
    ///
    /// # Errors
    /// When a size is zero, there is no layer or nothing to foretell from, or the sides cannot be halved by each layer.
    pub fn init<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<ConvLstmPredictor<B>, Error> {
        check(KIND, clip, &[("`hidden`", self.hidden)])?;
        check_channels(KIND, &self.channels, "[32, 64, 128, 256]")?;
        check_sides(KIND, clip, self.channels.len())?;
        if clip.frames < 2 {
            let why = "one to foretell, and those it is foretold from";
            return Err(Error::Frames { kind: KIND, found: clip.frames, least: 2, why });
        }
        self.layers(clip, device).map_err(Error::layer(KIND))
    }

    /// How PyTorch's names for its weights lead to its fields.
    pub fn weight_names(&self) -> WeightNames {
        let steps = self.channels.len();
        let names = Sequential::new("encoder.", WeightNames::new()).blocks("down", steps, true).names();
        Sequential::new("decoder.", names).block("widen", true).blocks("up", steps, false).names()
    }

    fn layers<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<ConvLstmPredictor<B>, oddframe_nn::Error> {
        let widths: Vec<usize> =
            std::iter::once(clip.channels).chain(self.channels.iter().copied()).collect();
        let innermost = widths[self.channels.len()];
        let down = widths.windows(2).map(|pair| {
            let conv = Conv2dConfig::new([pair[0], pair[1]], [4, 4]).with_stride([2, 2]).with_padding([1, 1]);
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

impl<B: Kernels> ErrorMapper<B> for ConvLstmPredictor<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let [batch, frames, channels, height, width] = clips.dims();
        let seen = frames - 1;
        let images = frames_as_images(clips.narrow(1, 0, seen));
        let images = self.down.iter().fold(images, |images, block| block.forward(images));
        let [_, inner, rows, columns] = images.dims();
        let (_, last) = self.cell.forward(images.reshape([batch, seen, inner, rows, columns]), None);
        let next = self.widen.forward(last.hidden);
        let next = self.up.iter().fold(next, |next, block| block.forward(next));
        next.reshape([batch, 1, channels, height, width])
    }

    fn explained(&self, frames: usize) -> Range<usize> {
        frames - 1..frames
    }
}

impl<B: Kernels> ClipLoss<B> for ConvLstmPredictor<B> {
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(seen), wanted)
    }
}

impl<B: Kernels> Network<B> for ConvLstmPredictor<B> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn frozen(&self, device: &B::Device) -> Result<Box<dyn ClipScorer>, Error> {
        Ok(Box::new(FrozenPredictor::new(self, device).map_err(Error::layer(KIND))?))
    }
}
