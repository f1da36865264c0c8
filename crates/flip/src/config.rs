use burn::tensor::backend::Backend;
use oddframe_core::{Filter, FrameInput, PixelFormat};
use oddframe_nn::{Activation, Conv2dConfig, Dropout, LinearConfig};
use serde::{Deserialize, Serialize};

use crate::{Error, FlipNet};

/// Channels of the input and of the three convolutions.
const CHANNELS: [usize; 4] = [1, 16, 32, 64];
/// Features between the two linear layers of [`FlipHead::Hidden`].
const HIDDEN: usize = 32;

/// The layers after the convolutions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum FlipHead {
    /// Linear 64 to 32, rectified, dropout, linear 32 to 2: 25,442 parameters in all.
    #[default]
    Hidden,
    /// Linear 64 to 2: 23,426 parameters.
    Linear,
    /// Linear 64 to 1, through a sigmoid: 23,361 parameters.
    Sigmoid,
}

/// Parameters of a [`FlipNet`]; the defaults are those of the best documented system.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlipConfig {
    /// The layers after the convolutions.
    pub head: FlipHead,
    /// Width and height of the gray input frames.
    pub side_px: usize,
    /// The filter that resizes frames: `opencv` or `antialiased`.
    pub filter: Filter,
    /// The dropout rate of the hidden features.
    pub dropout: f64,
}

impl Default for FlipConfig {
    fn default() -> Self {
        Self {
            head: FlipHead::default(),
            side_px: 64,
            filter: Filter::Antialiased,
            dropout: 0.3,
        }
    }
}

impl FlipConfig {
    /// The size, colours and scale of the input frames.
    ///
    /// # Errors
    /// When the side is zero or too long.
    pub fn input(&self) -> Result<FrameInput, Error> {
        Ok(
            FrameInput::new(self.side_px, self.side_px, PixelFormat::Gray)?
                .with_filter(self.filter),
        )
    }

    /// Checks all values.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.input()?;
        // A share of 1 would drop every feature, and scaling the remaining ones by 1 / (1 - share) would divide by
        // zero.
        if !(0.0..1.0).contains(&self.dropout) {
            let (what, expected) = ("the dropout", "at least 0 and below 1");
            return Err(Error::Parameter {
                what,
                value: self.dropout,
                expected,
            });
        }
        Ok(())
    }

    /// Builds a network with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When the side is zero or too long, or the dropout is not at least 0 and below 1.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<FlipNet<B>, Error> {
        self.check()?;
        // Each convolution halves both sides and widens the channels; for the default side of 64:
        //
        //   1x64x64 ─▶ 16x32x32 ─▶ 32x16x16 ─▶ 64x8x8 ─mean over positions─▶ 64 features ─head─▶ log-odds
        let convs = CHANNELS.windows(2).map(|pair| {
            Conv2dConfig::new([pair[0], pair[1]], [3, 3])
                .with_stride([2, 2])
                .with_padding([1, 1])
                .with_activation(Activation::Relu)
                .init(device)
        });
        let convs = convs.collect::<Result<Vec<_>, _>>()?;
        let features = CHANNELS[CHANNELS.len() - 1];
        let hidden = match self.head {
            FlipHead::Hidden => {
                let layer = LinearConfig::new(features, HIDDEN).with_activation(Activation::Relu);
                Some(layer.init(device)?)
            }
            FlipHead::Linear | FlipHead::Sigmoid => None,
        };
        // Two outputs are scores for upright and for flipped; a single output is the log-odds itself.
        let (inputs, outputs) = match self.head {
            FlipHead::Hidden => (HIDDEN, 2),
            FlipHead::Linear => (features, 2),
            FlipHead::Sigmoid => (features, 1),
        };
        let output = LinearConfig::new(inputs, outputs).init(device)?;
        Ok(FlipNet {
            convs,
            hidden,
            dropout: Dropout {
                share: self.dropout,
            },
            output,
            config: *self,
        })
    }
}
