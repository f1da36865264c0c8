use oddframe_core::{Align, Error, Gaps, ShortVideo, WindowSpec};
use serde::{Deserialize, Serialize};

use super::names::{AlignName, GapsName, ShortName};

/// How clips are cut from a video: see [`WindowSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindowRecipe {
    /// Frames in a clip.
    pub frames: usize,
    /// Frames between the starts of clips when scoring.
    pub stride: usize,
    /// Frames between the starts of clips when training.
    pub train_stride: usize,
    /// Which frames a clip scores: `every`, `first`, `centre` or `last`.
    #[serde(with = "AlignName")]
    pub align: Align,
    /// Whether clips run across missing frames: `span` or `break`.
    #[serde(with = "GapsName")]
    pub gaps: Gaps,
    /// What becomes of videos shorter than a clip: `repeat` (the last frame), `skip` or `error`.
    #[serde(with = "ShortName")]
    pub short: ShortVideo,
}

impl Default for WindowRecipe {
    fn default() -> Self {
        Self {
            frames: 1,
            stride: 1,
            train_stride: 1,
            align: Align::Every,
            gaps: Gaps::Span,
            short: ShortVideo::RepeatLast,
        }
    }
}

impl WindowRecipe {
    /// The windows that are scored.
    ///
    /// # Errors
    /// When the length or the stride is zero.
    pub fn scored(&self) -> Result<WindowSpec, Error> {
        self.spec(self.stride)
    }

    /// The windows that are learned from.
    ///
    /// # Errors
    /// As [`Self::scored`].
    pub fn learned(&self) -> Result<WindowSpec, Error> {
        self.spec(self.train_stride)
    }

    fn spec(&self, stride: usize) -> Result<WindowSpec, Error> {
        let spec = WindowSpec::new(self.frames, stride)?;
        Ok(spec.with_align(self.align).with_gaps(self.gaps).with_short(self.short))
    }
}
