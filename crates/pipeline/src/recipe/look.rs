use oddframe_clips::Look;
use oddframe_core::{Error, PixelFormat};
use oddframe_frames::{Filter, FirstFrame, Scale};
use serde::{Deserialize, Serialize};

use super::names::{ColorName, FilterName, ScaleName, optional_first};

/// What a network sees of a frame: see [`Look`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LookRecipe {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `gray` or `rgb`.
    #[serde(with = "ColorName")]
    pub color: PixelFormat,
    /// How frames are resized: `opencv` or `antialiased`.
    #[serde(with = "FilterName")]
    pub filter: Filter,
    /// The range of the values: `unit` (0 to 1) or `signed` (-1 to 1).
    #[serde(with = "ScaleName")]
    pub scale: Scale,
    /// Frames minus the one before, and what the first one then is: `next`, `zero` or `drop`; the frames
    /// themselves without it.
    #[serde(with = "optional_first", skip_serializing_if = "Option::is_none")]
    pub difference: Option<FirstFrame>,
}

impl Default for LookRecipe {
    fn default() -> Self {
        Self {
            width: 128,
            height: 128,
            color: PixelFormat::Gray,
            filter: Filter::OpenCv,
            scale: Scale::Unit,
            difference: None,
        }
    }
}

impl LookRecipe {
    /// The look it describes.
    ///
    /// # Errors
    /// When a side is zero or too large.
    pub fn look(&self) -> Result<Look, Error> {
        let look = Look::new(self.width, self.height, self.color)?;
        let look = look.with_filter(self.filter).with_scale(self.scale);
        Ok(self.difference.map_or(look, |first| look.with_difference(first)))
    }
}
