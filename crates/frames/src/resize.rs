//! Resizing of frames, byte for byte as OpenCV or Pillow does it.

mod antialiased;
mod open_cv;

use oddframe_core::{Error, Filter, Frame, FrameShape, PixelFormat};

use self::antialiased::Antialiased;
use self::open_cv::OpenCv;

/// Resizes frames to one size. It reuses its tables and buffers from one frame to the next.
///
/// ```
/// use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
/// use oddframe_frames::{Filter, Resizer};
///
/// let shape = FrameShape::new(4, 1, PixelFormat::Gray)?;
/// let frame = Frame::from_pixels(shape, FrameNumber(7), vec![0, 100, 100, 200])?;
/// let mut small = Frame::new(shape);
/// Resizer::new(2, 1, Filter::OpenCv)?.resize_into(&frame, &mut small);
/// assert_eq!(small.pixels(), [50, 150]);
/// Resizer::new(2, 1, Filter::Antialiased)?.resize_into(&frame, &mut small);
/// assert_eq!(small.pixels(), [57, 143]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Resizer {
    /// The target size; frames keep their own pixel format.
    size: FrameShape,
    filter: Filter,
    /// The tables for the size of the last frame.
    tables: Option<Tables>,
}

#[derive(Debug)]
struct Tables {
    from: (usize, usize),
    method: Method,
}

#[derive(Debug)]
enum Method {
    OpenCv(OpenCv),
    Antialiased(Antialiased),
}

impl Resizer {
    /// A resizer to `width` x `height`.
    ///
    /// # Errors
    /// When a side is zero or above [`FrameShape::MAX_SIDE`].
    pub fn new(width: usize, height: usize, filter: Filter) -> Result<Self, Error> {
        let size = FrameShape::new(width, height, PixelFormat::Gray)?;
        Ok(Self {
            size,
            filter,
            tables: None,
        })
    }

    /// Resizes `frame` into `out`, which gets the frame's pixel format, its number and its donor, if it has one.
    pub fn resize_into(&mut self, frame: &Frame, out: &mut Frame) {
        let from = (frame.shape().width(), frame.shape().height());
        let to = (self.size.width(), self.size.height());
        let shape = self.size.with_format(frame.shape().format());
        out.reset(shape, frame.number());
        if let Some(donor) = frame.borrowed_from() {
            out.lend_to(frame.number(), donor);
        }
        // A frame of the target size is copied: both filters would give the same bytes.
        if from == to {
            out.pixels_mut().copy_from_slice(frame.pixels());
            return;
        }
        // Rebuild the tables only when the size of the frames changes.
        self.tables.take_if(|tables| tables.from != from);
        let tables = self.tables.get_or_insert_with(|| {
            let method = match self.filter {
                Filter::OpenCv => Method::OpenCv(OpenCv::new(from, to)),
                Filter::Antialiased => Method::Antialiased(Antialiased::new(from, to)),
            };
            Tables { from, method }
        });
        match (&mut tables.method, shape.format()) {
            (Method::OpenCv(m), PixelFormat::Gray) => {
                m.resize::<1>(frame.pixels(), out.pixels_mut());
            }
            (Method::OpenCv(m), PixelFormat::Rgb) => {
                m.resize::<3>(frame.pixels(), out.pixels_mut());
            }
            (Method::Antialiased(m), PixelFormat::Gray) => {
                m.resize::<1>(frame.pixels(), out.pixels_mut());
            }
            (Method::Antialiased(m), PixelFormat::Rgb) => {
                m.resize::<3>(frame.pixels(), out.pixels_mut());
            }
        }
    }
}

#[cfg(test)]
mod tests;
