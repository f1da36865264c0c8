use oddframe_core::{ClipShape, Error, FrameSource, PixelFormat};
use oddframe_frames::{Difference, Filter, FirstFrame, Prepare, Scale};

/// What a network sees of a frame: its size, its channels, its range, and whether it is the frame or how it differs
/// from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    width: usize,
    height: usize,
    format: PixelFormat,
    filter: Filter,
    scale: Scale,
    difference: Option<FirstFrame>,
}

impl Look {
    /// Frames of this size and format, resized as OpenCV does, from 0 to 1.
    ///
    /// # Errors
    /// When a side is zero or above [`FrameShape::MAX_SIDE`](oddframe_core::FrameShape::MAX_SIDE).
    pub fn new(width: usize, height: usize, format: PixelFormat) -> Result<Self, Error> {
        Prepare::new(width, height)?;
        let (filter, scale) = (Filter::default(), Scale::default());
        Ok(Self { width, height, format, filter, scale, difference: None })
    }

    /// How frames are resized.
    #[must_use]
    pub const fn with_filter(self, filter: Filter) -> Self {
        Self { filter, ..self }
    }

    /// Which numbers stand for the bytes.
    #[must_use]
    pub const fn with_scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// How each frame differs from the one before, in place of the frame.
    #[must_use]
    pub const fn with_difference(self, first: FirstFrame) -> Self {
        Self { difference: Some(first), ..self }
    }

    /// Which numbers stand for the bytes.
    pub const fn scale(self) -> Scale {
        self.scale
    }

    /// Whether it shows differences, and what the first frame of a video then is.
    pub const fn difference(self) -> Option<FirstFrame> {
        self.difference
    }

    /// The shape of a clip of so many frames.
    pub const fn clip(self, frames: usize) -> ClipShape {
        let channels = match self.format {
            PixelFormat::Gray => 1,
            PixelFormat::Rgb => 3,
        };
        ClipShape { frames, channels, height: self.height, width: self.width }
    }

    /// A source's frames as the network sees them, before they become numbers.
    ///
    /// # Errors
    /// When differences are asked for of a source with a single frame.
    pub fn of<'a>(self, source: &'a dyn FrameSource) -> Result<Box<dyn FrameSource + 'a>, Error> {
        let prepared = self.prepare()?.of(source);
        match self.difference {
            None => Ok(Box::new(prepared)),
            Some(first) => {
                let difference = Difference::new(prepared, first)
                    .map_err(|source| Error::System { system: "frame differences", source: source.into() })?;
                Ok(Box::new(difference))
            }
        }
    }

    fn prepare(self) -> Result<Prepare, Error> {
        Ok(Prepare::new(self.width, self.height)?.with_format(self.format).with_filter(self.filter))
    }
}
