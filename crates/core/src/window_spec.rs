use crate::Error;

/// The frame that the score of a window belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

impl Align {
    /// The place in a window of this length that its score belongs to; none when every place has a score of its own.
    pub const fn scored_place(self, length: usize) -> Option<usize> {
        match self {
            Self::First => Some(0),
            Self::Centre => Some(length / 2),
            Self::Last => Some(length.saturating_sub(1)),
            Self::Every => None,
        }
    }
}

/// Whether windows extend across gaps between frame numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Gaps {
    /// Windows take the frames that exist, one after the other, and ignore gaps.
    Span,
    /// No window contains a gap: each run of consecutive numbers is cut into windows by itself.
    Break,
}

/// How a run of frames shorter than a window is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ShortVideo {
    /// One window that repeats the last frame in its missing places.
    #[cfg_attr(feature = "serde", serde(rename = "repeat"))]
    RepeatLast,
    /// No window: the frames get no score of their own.
    Skip,
    /// The run is an error.
    Error,
}

/// How clips are cut from a video: length, stride, and the treatment of gaps and short runs.
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
    /// Windows of `length` frames whose starts are `stride` frames apart. They score every frame, ignore gaps, and
    /// repeat the last frame of a video that is too short.
    ///
    /// # Errors
    /// When the length or the stride is zero.
    pub fn new(length: usize, stride: usize) -> Result<Self, Error> {
        if length == 0 || stride == 0 {
            return Err(Error::InvalidWindow { length, stride });
        }
        Ok(Self {
            length,
            stride,
            align: Align::Every,
            gaps: Gaps::Span,
            short: ShortVideo::RepeatLast,
        })
    }

    /// Sets the frame that a window's score belongs to.
    #[must_use]
    pub const fn with_align(self, align: Align) -> Self {
        Self { align, ..self }
    }

    /// Sets whether windows span gaps.
    #[must_use]
    pub const fn with_gaps(self, gaps: Gaps) -> Self {
        Self { gaps, ..self }
    }

    /// Sets how runs shorter than a window are treated.
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

    /// The frame that a window's score belongs to.
    pub const fn align(self) -> Align {
        self.align
    }

    /// Whether windows span gaps.
    pub const fn gaps(self) -> Gaps {
        self.gaps
    }

    /// How runs shorter than a window are treated.
    pub const fn short(self) -> ShortVideo {
        self.short
    }
}
