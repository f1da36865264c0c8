mod inference;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, ClipLoss, Kernels, Linear, LinearConfig, Lstm, LstmConfig, Reconstruct,
    WeightNames, mean_squared_error,
};
use serde::{Deserialize, Serialize};

use crate::clip_shape::{check_sizes, input_scale, supports_scale};
use crate::error::Error;

const KIND: &str = "lstm_ae";

/// Parameters of an [`LstmAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LstmAeConfig {
    /// The number of features of the hidden states of encoder and decoder.
    pub hidden: usize,
}

impl Default for LstmAeConfig {
    fn default() -> Self {
        Self { hidden: 512 }
    }
}

/// The recurrent autoencoder of pixels: an LSTM encodes the sequence of frames, and its last hidden state is the input of
/// the decoder LSTM at every step.
///
/// | layer | for gray frames of 64x64 | for RGB |
/// |---|---|---|
/// | each frame as a row of pixels, [0, 1] | 4096 | 12288 |
/// | encoder LSTM, its last hidden state | 512 | 512 |
/// | decoder LSTM, from zeros | 512 | 512 |
/// | linear layer at each step, no activation | 4096 | 12288 |
/// | parameters | 13,643,776 | 34,623,488 |
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_core::ClipShape;
/// use oddframe_models::{LstmAeConfig, Network};
///
/// let clip = ClipShape { frames: 10, channels: 1, height: 64, width: 64 };
/// let network = LstmAeConfig::default().init::<Flex>(clip, &Default::default())?;
/// assert_eq!(network.parameter_count(), 13_643_776);
/// # Ok::<(), oddframe_models::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct LstmAe<B: Backend> {
    /// The LSTM over the frames.
    encoder: Lstm<B>,
    /// The decoder LSTM. Its input is the encoder's last hidden state, the same at every step.
    decoder: Lstm<B>,
    /// The linear layer from hidden states to pixels.
    out: Linear<B>,
    #[module(skip)]
    clip: ClipShape,
}

impl LstmAeConfig {
    /// The documented clips: 10 RGB frames of 64x64.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape {
            frames: 10,
            channels: 3,
            height: 64,
            width: 64,
        }
    }

    /// The range of the frames to train and score it on: [0, 1], as documented.
    pub fn input_scale(&self) -> Scale {
        input_scale(Activation::Identity)
    }

    /// Whether its output can take every value of frames in this range: it has no output activation, so it always can.
    pub fn supports_scale(&self, scale: Scale) -> bool {
        supports_scale(Activation::Identity, scale)
    }

    /// Builds a network for these clips, with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero.
    pub fn init<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<LstmAe<B>, Error> {
        check_sizes(KIND, clip, &[("`hidden`", self.hidden)])?;
        self.init_layers(clip, device).map_err(Error::layer(KIND))
    }

    /// Maps PyTorch's parameter names to the network's fields: they are the same.
    pub fn weight_names(&self) -> WeightNames {
        WeightNames::new()
    }

    fn init_layers<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<LstmAe<B>, oddframe_nn::Error> {
        let (pixels, hidden) = (clip.frame_values(), self.hidden);
        Ok(LstmAe {
            encoder: LstmConfig::new(pixels, hidden).init(device)?,
            decoder: LstmConfig::new(hidden, hidden).init(device)?,
            out: LinearConfig::new(hidden, pixels).init(device)?,
            clip,
        })
    }
}

impl<B: Kernels> Reconstruct<B> for LstmAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        let [batch, frames, ..] = shape;
        // Each frame is one vector of pixels, a step of the sequence.
        let rows = clips.reshape([batch, frames, self.clip.frame_values()]);
        let (_, encoded) = self.encoder.forward(rows, None);
        // The decoder reads the same vector at every step: it must unroll the sequence from it.
        let (rows, _) = self.decoder.forward_repeated(encoded.hidden, frames, None);
        self.out.forward(rows).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for LstmAe<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}
