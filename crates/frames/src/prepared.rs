use std::sync::{Mutex, PoisonError};

use oddframe_core::{Error, Frame, FrameShape, FrameSource, PixelFormat, Video};

use crate::decode::{gray_to_rgb, rgb_to_gray};
use crate::{Filter, Resizer};

/// What is done to every frame before a model sees it: gray or not, and a size.
///
/// ```no_run
/// use oddframe_core::{FrameSource, PixelFormat};
/// use oddframe_frames::{Filter, Prepare};
///
/// # fn any_source() -> Box<dyn FrameSource> { todo!() }
/// let prepare = Prepare::new(128, 128)?.with_format(PixelFormat::Gray).with_filter(Filter::Antialiased);
/// let prepared = prepare.of(any_source());
/// assert_eq!(prepared.shape().to_string(), "128x128 gray");
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepare {
    /// Width and height; what pixels become is `format`.
    size: FrameShape,
    filter: Filter,
    format: Option<PixelFormat>,
}

impl Prepare {
    /// Frames of this size, in their own pixel format, resized with [`Filter::OpenCv`].
    ///
    /// # Errors
    /// When a side is zero or above [`FrameShape::MAX_SIDE`].
    pub fn new(width: usize, height: usize) -> Result<Self, Error> {
        let size = FrameShape::new(width, height, PixelFormat::Gray)?;
        Ok(Self { size, filter: Filter::default(), format: None })
    }

    /// How frames are resized.
    #[must_use]
    pub const fn with_filter(self, filter: Filter) -> Self {
        Self { filter, ..self }
    }

    /// What pixels become; without it they stay what they are.
    #[must_use]
    pub const fn with_format(self, format: PixelFormat) -> Self {
        Self { format: Some(format), ..self }
    }

    /// Width and height of the prepared frames; their pixel format may be another.
    pub const fn size(self) -> FrameShape {
        self.size
    }

    /// The prepared frames of a source.
    pub fn of<S: FrameSource>(self, source: S) -> Prepared<S> {
        let format = self.format.unwrap_or(source.shape().format());
        let video = source.video().with_shape(self.size.with_format(format));
        Prepared { source, video, filter: self.filter, spare: Mutex::default() }
    }
}

/// Another source's frames, gray where asked for, then resized.
///
/// Reading from several threads at once is fine; each takes a set of buffers and puts it back for the next, so
/// that nothing is reserved for a frame once all threads have read one.
#[derive(Debug)]
pub struct Prepared<S> {
    source: S,
    video: Video,
    filter: Filter,
    spare: Mutex<Vec<Scratch>>,
}

#[derive(Debug)]
struct Scratch {
    whole: Frame,
    between: Frame,
    resizer: Resizer,
}

impl<S> Prepared<S> {
    /// The source of the frames.
    pub fn source(&self) -> &S {
        &self.source
    }
}

impl<S: FrameSource> Prepared<S> {
    fn prepare(&self, index: usize, scratch: &mut Scratch, out: &mut Frame) -> Result<(), Error> {
        let Scratch { whole, between, resizer } = scratch;
        self.source.read_into(index, whole)?;
        match (whole.shape().format(), self.shape().format()) {
            (from, to) if from == to => resizer.resize_into(whole, out),
            // Gray before resizing, as Pillow's users do it: the rounding differs the other way round.
            (_, PixelFormat::Gray) => {
                convert(whole, PixelFormat::Gray, between);
                resizer.resize_into(between, out);
            }
            (_, PixelFormat::Rgb) => {
                resizer.resize_into(whole, between);
                convert(between, PixelFormat::Rgb, out);
            }
        }
        Ok(())
    }
}

impl<S: FrameSource> FrameSource for Prepared<S> {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        if self.source.shape() == self.shape() {
            return self.source.read_into(index, out);
        }
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = spare().pop();
        let mut scratch = match taken {
            Some(scratch) => scratch,
            None => Scratch {
                whole: Frame::new(self.source.shape()),
                between: Frame::new(self.shape()),
                resizer: Resizer::new(self.shape().width(), self.shape().height(), self.filter)?,
            },
        };
        let done = self.prepare(index, &mut scratch, out);
        spare().push(scratch);
        done
    }
}

/// The same frame in another pixel format.
fn convert(frame: &Frame, format: PixelFormat, out: &mut Frame) {
    out.reset(frame.shape().with_format(format), frame.number());
    if let Some(donor) = frame.borrowed_from() {
        out.lend_to(frame.number(), donor);
    }
    match format {
        PixelFormat::Gray => rgb_to_gray(frame.pixels(), out.pixels_mut()),
        PixelFormat::Rgb => gray_to_rgb(frame.pixels(), out.pixels_mut()),
    }
}

#[cfg(test)]
mod tests;
