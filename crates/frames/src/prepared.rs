use std::sync::{Mutex, MutexGuard, PoisonError};

use oddframe_core::{
    Error, Filter, Frame, FrameInput, FrameShape, FrameSource, PixelFormat, Video,
};

use crate::Difference;
use crate::converter::{Conversion, Converter};

/// Size and pixel format of prepared frames: what is done to every frame before a model sees it.
///
/// [`FrameInput`] with [`prepared`] says more, and also covers differences between frames.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, Video};
/// use oddframe_core::{FrameSource, PixelFormat};
/// use oddframe_frames::{Filter, Prepare};
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(i)?);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(640, 360, PixelFormat::Rgb)?;
/// # let source = Black(Video::new("01".into(), shape, vec![FrameNumber(0)])?);
///
/// let prepare = Prepare::new(128, 128)?.with_format(PixelFormat::Gray).with_filter(Filter::Antialiased);
/// let prepared = prepare.of(&source);
/// assert_eq!(prepared.read(0)?.shape().to_string(), "128x128 gray");
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepare {
    /// Width and height; the pixel format is `format`.
    size: FrameShape,
    filter: Filter,
    format: Option<PixelFormat>,
}

impl Prepare {
    /// Frames of this size, in the pixel format of the source, resized with [`Filter::OpenCv`].
    ///
    /// # Errors
    /// When a side is zero or above [`FrameShape::MAX_SIDE`].
    pub fn new(width: usize, height: usize) -> Result<Self, Error> {
        let size = FrameShape::new(width, height, PixelFormat::Gray)?;
        Ok(Self {
            size,
            filter: Filter::default(),
            format: None,
        })
    }

    /// Sets how frames are resized.
    #[must_use]
    pub const fn with_filter(self, filter: Filter) -> Self {
        Self { filter, ..self }
    }

    /// Sets the pixel format; without it, that of the source stays.
    #[must_use]
    pub const fn with_format(self, format: PixelFormat) -> Self {
        Self {
            format: Some(format),
            ..self
        }
    }

    /// Width and height of the prepared frames; their pixel format may be another.
    pub const fn size(self) -> FrameShape {
        self.size
    }

    /// The prepared frames of a source.
    pub fn of<S: FrameSource>(self, source: S) -> Prepared<S> {
        let format = self.format.unwrap_or(source.shape().format());
        let size = Some((self.size.width(), self.size.height()));
        Prepared::new(
            source,
            Conversion {
                size,
                format,
                filter: self.filter,
            },
        )
    }
}

/// The frames of a source as `input` shows them, for random access: resized, converted, or as differences.
///
/// A [`FramePass`](crate::FramePass) gives the same frames in order and decodes each only once for several inputs.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, Video};
/// use oddframe_core::{FirstFrame, FrameInput, FrameSource, PixelFormat};
/// use oddframe_frames::prepared;
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(i)?);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(640, 360, PixelFormat::Rgb)?;
/// # let source = Black(Video::new("01".into(), shape, (0..9).map(FrameNumber).collect())?);
///
/// let input = FrameInput::new(32, 32, PixelFormat::Gray)?.with_difference(FirstFrame::Drop);
/// let differences = prepared(input, &source)?;
/// assert_eq!(differences.numbers().len(), source.numbers().len() - 1);
/// assert_eq!(differences.read(0)?.shape().to_string(), "32x32 gray");
/// # Ok::<(), oddframe_core::Error>(())
/// ```
///
/// # Errors
/// When the input shows differences and the source has a single frame, unless the first difference is black.
pub fn prepared<'a>(
    input: FrameInput,
    source: &'a dyn FrameSource,
) -> Result<Box<dyn FrameSource + 'a>, Error> {
    let conversion = Conversion {
        size: input.size(),
        format: input.format(),
        filter: input.filter(),
    };
    let prepared = Prepared::new(source, conversion);
    let Some(first) = input.difference() else {
        return Ok(Box::new(prepared));
    };
    match Difference::new(prepared, first) {
        Ok(difference) => Ok(Box::new(difference)),
        Err(source) => Err(Error::System {
            system: "frame differences",
            source: source.into(),
        }),
    }
}

/// The frames of another source in one size and pixel format. Made by [`Prepare::of`].
///
/// Each frame is converted from its own format and size. Several threads may read at once; each takes a set of buffers and
/// returns it for the next, so nothing is allocated once every thread has read a frame.
#[derive(Debug)]
pub struct Prepared<S> {
    source: S,
    video: Video,
    conversion: Conversion,
    spare: Mutex<Vec<Scratch>>,
}

#[derive(Debug)]
struct Scratch {
    whole: Frame,
    converter: Converter,
}

impl<S> Prepared<S> {
    /// The source of the frames.
    pub fn source(&self) -> &S {
        &self.source
    }
}

impl<S: FrameSource> Prepared<S> {
    fn new(source: S, conversion: Conversion) -> Self {
        let (width, height) = conversion
            .size
            .unwrap_or((source.shape().width(), source.shape().height()));
        let shape = FrameShape::new(width, height, conversion.format).unwrap_or(source.shape());
        let video = source.video().with_shape(shape);
        Self {
            source,
            video,
            conversion,
            spare: Mutex::default(),
        }
    }

    fn lock_spare(&self) -> MutexGuard<'_, Vec<Scratch>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` with a set of buffers that no other thread uses.
    fn with_scratch(
        &self,
        work: impl FnOnce(&mut Scratch) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // The lock is held only while buffers are taken or returned, so that threads can prepare frames in parallel.
        let used = self.lock_spare().pop();
        let mut scratch = match used {
            Some(scratch) => scratch,
            None => Scratch {
                whole: Frame::default(),
                converter: Converter::new(self.conversion)?,
            },
        };
        let done = work(&mut scratch);
        self.lock_spare().push(scratch);
        done
    }
}

impl<S: FrameSource> FrameSource for Prepared<S> {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        if self.source.shape() == self.shape() {
            // Most frames, usually all of them, need no conversion.
            self.source.read_into(index, out)?;
            if out.shape() == self.shape() {
                return Ok(());
            }
            // The exception, for example a gray image in a colour video, has to move out of the way first.
            self.with_scratch(|scratch| {
                std::mem::swap(&mut scratch.whole, out);
                scratch.converter.convert_into(&scratch.whole, out);
                Ok(())
            })?;
        } else {
            self.with_scratch(|scratch| {
                self.source.read_into(index, &mut scratch.whole)?;
                scratch.converter.convert_into(&scratch.whole, out);
                Ok(())
            })?;
        }
        if out.shape() == self.shape() {
            return Ok(());
        }
        // Only an input that keeps the size of its frames comes here.
        Err(Error::MixedShapes {
            video: self.id().clone(),
            frame: out.number(),
            path: None,
            expected: self.shape(),
            found: out.shape(),
        })
    }
}

#[cfg(test)]
mod tests;
