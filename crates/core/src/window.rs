use crate::{Error, Video, WindowPlan};

/// Which of a window's frames its score belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Align {
    /// The first frame.
    First,
    /// The frame at `length / 2`: of ten frames the sixth.
    Centre,
    /// The last frame.
    Last,
    /// Every frame: the window yields one score for each.
    Every,
}

/// What a window does where frame numbers jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Gaps {
    /// Windows run over the frames that exist, across gaps.
    Span,
    /// No window spans a gap; each run of consecutive numbers is planned by itself.
    Break,
}

/// What happens to a run of frames shorter than a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ShortVideo {
    /// One window whose missing places hold the last frame again.
    #[cfg_attr(feature = "serde", serde(rename = "repeat"))]
    RepeatLast,
    /// No window: its frames stay without a score of their own.
    Skip,
    /// An error.
    Error,
}

/// How clips are cut from a video: length, stride and what happens at the edges.
///
/// ```
/// use oddframe_core::{Align, WindowSpec};
/// let spec = WindowSpec::new(16, 2)?.with_align(Align::Centre);
/// assert_eq!((spec.length(), spec.stride()), (16, 2));
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WindowSpec {
    length: usize,
    stride: usize,
    align: Align,
    gaps: Gaps,
    short: ShortVideo,
}

impl WindowSpec {
    /// Windows of `length` frames, `stride` frames apart, that score every frame, run across gaps and repeat
    /// the last frame of a video that is too short.
    ///
    /// # Errors
    /// When the length or the stride is zero.
    pub fn new(length: usize, stride: usize) -> Result<Self, Error> {
        if length == 0 || stride == 0 {
            return Err(Error::InvalidWindow { length, stride });
        }
        Ok(Self { length, stride, align: Align::Every, gaps: Gaps::Span, short: ShortVideo::RepeatLast })
    }

    /// Which frames a window's score belongs to.
    #[must_use]
    pub const fn with_align(self, align: Align) -> Self {
        Self { align, ..self }
    }

    /// Whether windows span gaps.
    #[must_use]
    pub const fn with_gaps(self, gaps: Gaps) -> Self {
        Self { gaps, ..self }
    }

    /// What happens to runs shorter than a window.
    #[must_use]
    pub const fn with_short(self, short: ShortVideo) -> Self {
        Self { short, ..self }
    }

    /// Frames in a window.
    pub const fn length(self) -> usize {
        self.length
    }

    /// Frames between the starts of windows.
    pub const fn stride(self) -> usize {
        self.stride
    }

    /// Which frames a window's score belongs to.
    pub const fn align(self) -> Align {
        self.align
    }

    /// Whether windows span gaps.
    pub const fn gaps(self) -> Gaps {
        self.gaps
    }

    /// What happens to runs shorter than a window.
    pub const fn short(self) -> ShortVideo {
        self.short
    }

    /// Plans the windows of a video.
    ///
    /// # Errors
    /// When a run of frames is too short and [`ShortVideo::Error`] was asked for.
    pub fn plan(self, video: &Video) -> Result<WindowPlan, Error> {
        WindowPlan::new(self, video)
    }
}
