use oddframe_core::{Error, Filter, Frame, PixelFormat};

use crate::Resizer;
use crate::decode::{gray_to_rgb, rgb_to_gray};

/// Size and format that frames are converted to, and how they are resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conversion {
    /// Width and height; without them frames keep their own size.
    pub(crate) size: Option<(usize, usize)>,
    pub(crate) format: PixelFormat,
    pub(crate) filter: Filter,
}

/// Converts frames of any size and format, keeping its tables and buffers from one frame to the next.
#[derive(Debug)]
pub(crate) struct Converter {
    format: PixelFormat,
    resizer: Option<Resizer>,
    /// The frame after the first of two steps.
    between: Frame,
}

impl Converter {
    /// # Errors
    /// When a side of the size is zero or too long.
    pub(crate) fn new(conversion: Conversion) -> Result<Self, Error> {
        let Conversion {
            size,
            format,
            filter,
        } = conversion;
        let resizer = size
            .map(|(width, height)| Resizer::new(width, height, filter))
            .transpose()?;
        Ok(Self {
            format,
            resizer,
            between: Frame::default(),
        })
    }

    /// Converts `frame` into `out`, which also gets its number and the mark of borrowed pixels.
    pub(crate) fn convert_into(&mut self, frame: &Frame, out: &mut Frame) {
        let Self {
            format,
            resizer,
            between,
        } = self;
        match (resizer, frame.shape().format(), *format) {
            (Some(resizer), from, to) if from == to => resizer.resize_into(frame, out),
            // Gray before resizing, as Pillow's users do it: the other order rounds differently.
            (Some(resizer), _, PixelFormat::Gray) => {
                convert_format(frame, PixelFormat::Gray, between);
                resizer.resize_into(between, out);
            }
            // Equal channels stay equal when resized, so the smaller frame is resized.
            (Some(resizer), _, PixelFormat::Rgb) => {
                resizer.resize_into(frame, between);
                convert_format(between, PixelFormat::Rgb, out);
            }
            (None, from, to) if from == to => {
                out.reset(frame.shape(), frame.number());
                out.relabel(frame.number(), frame.borrowed_from());
                out.pixels_mut().copy_from_slice(frame.pixels());
            }
            (None, _, to) => convert_format(frame, to, out),
        }
    }
}

/// Converts an RGB frame to gray or a gray frame to RGB, and writes it to `out`.
fn convert_format(frame: &Frame, format: PixelFormat, out: &mut Frame) {
    out.reset(frame.shape().with_format(format), frame.number());
    out.relabel(frame.number(), frame.borrowed_from());
    match format {
        PixelFormat::Gray => rgb_to_gray(frame.pixels(), out.pixels_mut()),
        PixelFormat::Rgb => gray_to_rgb(frame.pixels(), out.pixels_mut()),
    }
}
