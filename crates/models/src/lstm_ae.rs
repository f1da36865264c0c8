use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    ClipLoss, ErrorMapper, Kernels, Linear, LinearConfig, Lstm, LstmConfig, WeightNames, mean_squared_error,
};
use serde::{Deserialize, Serialize};

use crate::scoring::FrozenSequences;
use crate::shape::check;
use crate::{Error, Network};

const KIND: &str = "lstm_ae";

/// Parameters of an [`LstmAe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LstmAeConfig {
    /// Numbers in the hidden state, of the encoder and of the decoder.
    pub hidden: usize,
}

impl Default for LstmAeConfig {
    fn default() -> Self {
        Self { hidden: 512 }
    }
}

/// The recurrent autoencoder of pixels: the encoder's last hidden state is the decoder's input at every step.
///
/// | layer | for gray frames of 64x64 | for RGB |
/// |---|---|---|
/// | sequence of rows of pixels, 0 to 1 | 4096 | 12288 |
/// | LSTM, its last hidden state | 512 | 512 |
/// | LSTM, from zeros | 512 | 512 |
/// | dense at each step, no activation | 4096 | 12288 |
/// | parameters | 13,643,776 | 34,623,488 |
#[derive(Module, Debug)]
pub struct LstmAe<B: Backend> {
    /// What sees the frames.
    pub encoder: Lstm<B>,
    /// What sees the encoder's state.
    pub decoder: Lstm<B>,
    /// What makes the pixels.
    pub out: Linear<B>,
    #[module(skip)]
    clip: ClipShape,
}

impl LstmAeConfig {
    /// The clips of the documents: 10 RGB frames of 64x64.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape { frames: 10, channels: 3, height: 64, width: 64 }
    }

    /// Which numbers its output can be, and so the frames it learns from should.
    pub fn scale(&self) -> Scale {
        Scale::Unit
    }

    /// A network for these clips, with PyTorch's default weights.
    ///
    /// # Errors
    /// When a size is zero.
    pub fn init<B: Backend>(&self, clip: ClipShape, device: &B::Device) -> Result<LstmAe<B>, Error> {
        check(KIND, clip, &[("`hidden`", self.hidden)])?;
        let (pixels, hidden) = (clip.frame_values(), self.hidden);
        let layers = || {
            Ok(LstmAe {
                encoder: LstmConfig::new(pixels, hidden).init(device)?,
                decoder: LstmConfig::new(hidden, hidden).init(device)?,
                out: LinearConfig::new(hidden, pixels).init(device)?,
                clip,
            })
        };
        layers().map_err(Error::layer(KIND))
    }

    /// How PyTorch's names for its weights lead to its fields: they are the same.
    pub fn weight_names(&self) -> WeightNames {
        WeightNames::new()
    }
}

impl<B: Kernels> ErrorMapper<B> for LstmAe<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let shape = clips.dims();
        let [batch, frames, ..] = shape;
        let rows = clips.reshape([batch, frames, self.clip.frame_values()]);
        let (_, seen) = self.encoder.forward(rows, None);
        let (rows, _) = self.decoder.forward_repeated(seen.hidden, frames, None);
        self.out.forward(rows).reshape(shape)
    }
}

impl<B: Kernels> ClipLoss<B> for LstmAe<B> {
    fn loss(&self, seen: Tensor<B, 5>, wanted: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(seen), wanted)
    }
}

impl<B: Kernels> Network<B> for LstmAe<B> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn frozen(&self, device: &B::Device) -> Result<Box<dyn ClipScorer>, Error> {
        Ok(Box::new(FrozenSequences::new(self, device).map_err(Error::layer(KIND))?))
    }
}
