mod inference;

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use oddframe_core::ClipShape;
use oddframe_frames::Scale;
use oddframe_nn::{
    Activation, ClipLoss, Gru, GruConfig, Kernels, Linear, LinearConfig, Reconstruct, WeightNames,
    mean_squared_error,
};
use serde::{Deserialize, Serialize};

use crate::clip_shape::{check_sizes, input_scale, supports_scale};
use crate::error::Error;

const KIND: &str = "gru_predictor";

/// Parameters of a [`GruPredictor`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GruPredictorConfig {
    /// The number of features of the hidden state.
    pub hidden: usize,
}

impl Default for GruPredictorConfig {
    fn default() -> Self {
        Self { hidden: 512 }
    }
}

/// A recurrent network that predicts the last optical flow of a clip from the flows before it.
///
/// | layer | for 8 flows of 64x64 and the next |
/// |---|---|
/// | each flow as a row of values, all motion to the right before all motion downwards | 8192 |
/// | GRU over the flows, its last hidden state | 512 |
/// | linear layer, no activation | 8192 |
/// | parameters | 17,574,912 |
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_core::ClipShape;
/// use oddframe_models::GruPredictorConfig;
/// use oddframe_nn::Reconstruct;
///
/// let clip = ClipShape { frames: 9, channels: 2, height: 6, width: 8 };
/// let network = GruPredictorConfig { hidden: 16 }.init::<Flex>(clip, &Default::default())?;
///
/// // It sees eight flows of each clip and predicts the ninth.
/// let predicted = network.reconstruct(Tensor::zeros([3, 9, 2, 6, 8], &Default::default()));
/// assert_eq!(predicted.dims(), [3, 1, 2, 6, 8]);
/// # Ok::<(), oddframe_models::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct GruPredictor<B: Backend> {
    /// The GRU over the flows.
    gru: Gru<B>,
    /// The linear layer from the last hidden state to the next flow.
    out: Linear<B>,
    #[module(skip)]
    clip: ClipShape,
}

impl GruPredictorConfig {
    /// The documented clips: 8 flows of 64x64, and the one to predict.
    pub fn default_clip(&self) -> ClipShape {
        ClipShape {
            frames: 9,
            channels: 2,
            height: 64,
            width: 64,
        }
    }

    /// The range of the values, were it given frames: [0, 1]. Flow has any values.
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
    /// When a size is zero, or a clip has fewer than two flows.
    pub fn init<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<GruPredictor<B>, Error> {
        check_sizes(KIND, clip, &[("`hidden`", self.hidden)])?;
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

    /// Maps PyTorch's parameter names to the network's fields: they are the same.
    pub fn weight_names(&self) -> WeightNames {
        WeightNames::new()
    }

    fn init_layers<B: Backend>(
        &self,
        clip: ClipShape,
        device: &B::Device,
    ) -> Result<GruPredictor<B>, oddframe_nn::Error> {
        let values = clip.frame_values();
        Ok(GruPredictor {
            gru: GruConfig::new(values, self.hidden).init(device)?,
            out: LinearConfig::new(self.hidden, values).init(device)?,
            clip,
        })
    }
}

impl<B: Kernels> Reconstruct<B> for GruPredictor<B> {
    fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
        let [batch, frames, channels, height, width] = clips.dims();
        // The flow to predict is cut off before anything sees it.
        let steps = frames - 1;
        let rows = clips.narrow(1, 0, steps);
        let rows = rows.reshape([batch, steps, self.clip.frame_values()]);
        let (_, last) = self.gru.forward(rows, None);
        let next = self.out.forward(last);
        next.reshape([batch, 1, channels, height, width])
    }

    fn predicted_frames(&self, frames: usize) -> Range<usize> {
        frames - 1..frames
    }
}

impl<B: Kernels> ClipLoss<B> for GruPredictor<B> {
    fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
        mean_squared_error(self.reconstruct(input), target)
    }
}
