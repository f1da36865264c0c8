use oddframe_core::{Filter, FrameInput, PixelFormat};
use serde::{Deserialize, Serialize};

use crate::Error;

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

/// Parameters of a [`FlipNet`](crate::FlipNet); the defaults are those of the best documented system.
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
}
