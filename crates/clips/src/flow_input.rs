use oddframe_core::{ClipShape, Error, FrameInput, FrameShape, PixelFormat};

/// What a network sees of the motion between two frames: optical flow of a certain size, as two channels.
///
/// The flow is estimated between prepared frames, and then resized. Resizing interpolates the vectors and leaves their
/// length as it is: a motion of three pixels between the prepared frames stays a three. The first channel is the motion to
/// the right, the second the motion downwards.
///
/// ```
/// use oddframe_clips::FlowInput;
/// use oddframe_core::{FrameInput, PixelFormat};
///
/// // Flow between gray frames of 256x144, seen as 64x64, with vectors of up to 20 pixels as values from -1 to 1.
/// let frames = FrameInput::new(256, 144, PixelFormat::Gray)?;
/// let input = FlowInput::new(frames, 64, 64)?.with_limit(20.0)?;
/// assert_eq!(input.clip(9).frame_values(), 2 * 64 * 64);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowInput {
    frames: FrameInput,
    width: usize,
    height: usize,
    limit: Option<f32>,
}

impl FlowInput {
    /// The channels of a flow: motion to the right, and downwards.
    pub const CHANNELS: usize = 2;

    /// Flow between frames that are prepared like this, resized to this size. The values are the vectors in pixels.
    ///
    /// # Errors
    /// When a side is zero or above [`FrameShape::MAX_SIDE`].
    pub fn new(frames: FrameInput, width: usize, height: usize) -> Result<Self, Error> {
        FrameShape::new(width, height, PixelFormat::Gray)?;
        Ok(Self {
            frames,
            width,
            height,
            limit: None,
        })
    }

    /// Clips the vectors to `-limit` to `limit` in each direction, and divides by the limit: values are from -1 to 1.
    ///
    /// # Errors
    /// When the limit is not a positive, finite number.
    pub fn with_limit(self, limit: f32) -> Result<Self, Error> {
        if limit.is_finite() && limit > 0.0 {
            Ok(Self {
                limit: Some(limit),
                ..self
            })
        } else {
            Err(crate::Error::FlowLimit { value: limit }.into())
        }
    }

    /// The prepared frames that flow is estimated between.
    pub const fn frames(self) -> FrameInput {
        self.frames
    }

    /// The shape of a clip of this many flows.
    pub const fn clip(self, flows: usize) -> ClipShape {
        ClipShape {
            frames: flows,
            channels: Self::CHANNELS,
            height: self.height,
            width: self.width,
        }
    }

    /// The largest length in each direction, where vectors are clipped.
    pub(crate) const fn limit(self) -> Option<f32> {
        self.limit
    }
}
