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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LstmAeConfig {
    /// The number of features of the hidden states of the encoder, and of the decoder where a linear layer follows it.
    pub hidden: usize,
    /// What gives the values of the frames.
    pub output: SequenceOutput,
}

/// What gives the values of the frames that an [`LstmAe`] reconstructs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum SequenceOutput {
    /// A linear layer on the hidden states of the decoder, as the documented network has it.
    #[default]
    Linear,
    /// The hidden states of the decoder themselves, which has as many as a frame has values: between -1 and 1, as the code
    /// behind the document has it for features.
    Decoder,
}

impl Default for LstmAeConfig {
    fn default() -> Self {
        Self {
            hidden: 512,
            output: SequenceOutput::Linear,
        }
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
    /// The linear layer from hidden states to pixels; none when the decoder's states are the output.
    out: Option<Linear<B>>,
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
        let (states, linear) = match self.output {
            SequenceOutput::Linear => (hidden, Some(LinearConfig::new(hidden, pixels))),
            SequenceOutput::Decoder => (pixels, None),
        };
        Ok(LstmAe {
            encoder: LstmConfig::new(pixels, hidden).init(device)?,
            decoder: LstmConfig::new(hidden, states).init(device)?,
            out: linear.map(|linear| linear.init(device)).transpose()?,
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
        match &self.out {
            Some(out) => out.forward(rows).reshape(shape),
            None => rows.reshape(shape),
        }
    }
}

impl<B: Kernels> ClipLoss<B> for LstmAe<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}
