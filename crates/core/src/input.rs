use crate::{ClipShape, Error, FrameShape, PixelFormat, Scale};

/// How a frame is resized.
///
/// Both filters are bilinear and place the centre of the first pixel at 0.5. They differ when they shrink a frame, and a
/// network sees the difference: weights trained with one filter give markedly higher errors with the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Filter {
    /// Interpolates the four nearest pixels, also when shrinking: `cv2.resize` with `INTER_LINEAR`.
    #[default]
    #[cfg_attr(feature = "serde", serde(rename = "opencv"))]
    OpenCv,
    /// Averages every pixel under a filter that widens as the frame shrinks: Pillow's `BILINEAR`, rows first.
    Antialiased,
}

/// What the first frame of a video becomes when an input shows differences between frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum FirstFrame {
    /// The first frame has no image; the edge policy of the system scores it.
    Drop,
    /// The difference is black.
    Zero,
    /// The first frame borrows the difference between the second frame and itself, and is marked as borrowed.
    Next,
}

/// What a system sees of a frame: its size, its channels, the range of its values, and whether it is the frame itself
/// or its difference from the frame before.
///
/// Inputs are compared by value: frames are prepared once for all systems whose inputs are equal.
///
/// ```
/// use oddframe_core::{Filter, FrameInput, PixelFormat, Scale};
/// let input = FrameInput::new(64, 48, PixelFormat::Gray)?
///     .with_filter(Filter::Antialiased)
///     .with_scale(Scale::Signed);
/// assert_eq!(input.clip(16)?.frame_values(), 64 * 48);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameInput {
    /// Width and height in pixels; without them frames keep their own size.
    size: Option<(usize, usize)>,
    format: PixelFormat,
    filter: Filter,
    scale: Scale,
    difference: Option<FirstFrame>,
}

impl FrameInput {
    /// Frames of this size and format, resized as OpenCV does, with values from 0 to 1.
    ///
    /// # Errors
    /// When a side is zero or above [`FrameShape::MAX_SIDE`].
    pub fn new(width: usize, height: usize, format: PixelFormat) -> Result<Self, Error> {
        FrameShape::new(width, height, format)?;
        Ok(Self {
            size: Some((width, height)),
            ..Self::unresized(format)
        })
    }

    /// Frames of this format in their own size. All frames of a video must then have one size.
    pub const fn unresized(format: PixelFormat) -> Self {
        Self {
            size: None,
            format,
            filter: Filter::OpenCv,
            scale: Scale::Unit,
            difference: None,
        }
    }

    /// Sets how frames are resized.
    #[must_use]
    pub const fn with_filter(self, filter: Filter) -> Self {
        Self { filter, ..self }
    }

    /// Sets the range of the values.
    #[must_use]
    pub const fn with_scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// Shows the absolute difference between each frame and the one before instead of the frame.
    #[must_use]
    pub const fn with_difference(self, first: FirstFrame) -> Self {
        Self {
            difference: Some(first),
            ..self
        }
    }

    /// Width and height in pixels; none when frames keep their own size.
    pub const fn size(self) -> Option<(usize, usize)> {
        self.size
    }

    /// Gray or RGB.
    pub const fn format(self) -> PixelFormat {
        self.format
    }

    /// How frames are resized.
    pub const fn filter(self) -> Filter {
        self.filter
    }

    /// The range of the values.
    pub const fn scale(self) -> Scale {
        self.scale
    }

    /// Whether the input shows differences, and what the first frame of a video then becomes.
    pub const fn difference(self) -> Option<FirstFrame> {
        self.difference
    }

    /// The shape of a clip of this many prepared frames.
    ///
    /// # Errors
    /// When the input does not resize frames: their size is then known only once a video is opened.
    pub fn clip(self, frames: usize) -> Result<ClipShape, Error> {
        let (width, height) = self.size.ok_or(Error::UnknownInputSize)?;
        Ok(ClipShape {
            frames,
            channels: self.format.channels(),
            height,
            width,
        })
    }
}
