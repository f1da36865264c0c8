use std::fmt;
use std::time::Duration;

use crate::{Error, FrameNumber};

/// The channels of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PixelFormat {
    /// One byte of brightness.
    Gray,
    /// Red, green and blue, one byte each, interleaved.
    Rgb,
}

impl PixelFormat {
    /// Bytes in a pixel.
    pub const fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
        }
    }
}

/// Width, height and pixel format of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameShape {
    width: u32,
    height: u32,
    pixels: PixelFormat,
}

impl FrameShape {
    /// The longest side accepted, in pixels: no frame can ask for more than 3 GiB.
    pub const MAX_SIDE: usize = 1 << 15;

    /// One gray pixel: the shape of a buffer that no frame was read into yet.
    pub const SMALLEST: Self = Self {
        width: 1,
        height: 1,
        pixels: PixelFormat::Gray,
    };

    /// A frame shape.
    ///
    /// # Errors
    /// When a side is zero or above [`Self::MAX_SIDE`].
    pub fn new(width: usize, height: usize, pixels: PixelFormat) -> Result<Self, Error> {
        let fits = |side: usize| (1..=Self::MAX_SIDE).contains(&side);
        if fits(width) && fits(height) {
            Ok(Self {
                width: width as u32,
                height: height as u32,
                pixels,
            })
        } else {
            Err(Error::InvalidShape { width, height })
        }
    }

    /// Pixels in a row.
    pub const fn width(self) -> usize {
        self.width as usize
    }

    /// Rows.
    pub const fn height(self) -> usize {
        self.height as usize
    }

    /// The pixel format.
    pub const fn format(self) -> PixelFormat {
        self.pixels
    }

    /// Bytes in a pixel.
    pub const fn channels(self) -> usize {
        self.pixels.channels()
    }

    /// Bytes in a row.
    pub const fn row_bytes(self) -> usize {
        self.width() * self.channels()
    }

    /// Bytes in a frame.
    pub const fn bytes(self) -> usize {
        self.row_bytes() * self.height()
    }

    /// The same size in another pixel format.
    #[must_use]
    pub const fn with_format(self, pixels: PixelFormat) -> Self {
        Self { pixels, ..self }
    }
}

impl fmt::Display for FrameShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.pixels {
            PixelFormat::Gray => "gray",
            PixelFormat::Rgb => "RGB",
        };
        write!(f, "{}x{} {format}", self.width, self.height)
    }
}

/// The pixels of one frame, row by row, with the frame's own number.
///
/// A frame that could not be read may hold the pixels of another one. [`Frame::borrowed_from`] then names that frame,
/// and scores that are computed from it have [`Origin::Borrowed`](crate::Origin::Borrowed).
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    shape: FrameShape,
    number: FrameNumber,
    borrowed: Option<FrameNumber>,
    time: Option<Duration>,
    pixels: Vec<u8>,
}

impl Default for Frame {
    /// A buffer of [`FrameShape::SMALLEST`], which takes the shape of the frame that is read into it.
    fn default() -> Self {
        Self::new(FrameShape::SMALLEST)
    }
}

impl Frame {
    /// A black frame.
    pub fn new(shape: FrameShape) -> Self {
        Self {
            shape,
            number: FrameNumber(0),
            borrowed: None,
            time: None,
            pixels: vec![0; shape.bytes()],
        }
    }

    /// A frame of given pixels.
    ///
    /// # Errors
    /// When the number of bytes is not the shape's.
    pub fn from_pixels(
        shape: FrameShape,
        number: FrameNumber,
        pixels: Vec<u8>,
    ) -> Result<Self, Error> {
        Error::check_length("pixels of a frame", shape.bytes(), pixels.len())?;
        Ok(Self {
            shape,
            number,
            borrowed: None,
            time: None,
            pixels,
        })
    }

    /// Gives the frame a new shape and number, keeping its memory; the pixels' values are unspecified.
    pub fn reset(&mut self, shape: FrameShape, number: FrameNumber) {
        self.pixels.resize(shape.bytes(), 0);
        self.shape = shape;
        self.number = number;
        self.borrowed = None;
        self.time = None;
    }

    /// Makes this frame a copy of another one, keeping its memory.
    pub fn copy_from(&mut self, other: &Self) {
        self.reset(other.shape, other.number);
        self.pixels.copy_from_slice(&other.pixels);
        self.borrowed = other.borrowed;
        self.time = other.time;
    }

    /// Size and format.
    pub fn shape(&self) -> FrameShape {
        self.shape
    }

    /// The frame's own number.
    pub fn number(&self) -> FrameNumber {
        self.number
    }

    /// The frame that the pixels belong to, when it is another one.
    pub fn borrowed_from(&self) -> Option<FrameNumber> {
        self.borrowed
    }

    /// Declares that the pixels are those of `donor`, standing in for frame `number`.
    pub fn lend_to(&mut self, number: FrameNumber, donor: FrameNumber) {
        self.number = number;
        self.borrowed = Some(donor);
    }

    /// Sets the number of the frame and, when its pixels are borrowed, the frame that they belong to. Shape, time and
    /// pixels are unchanged.
    pub fn relabel(&mut self, number: FrameNumber, borrowed_from: Option<FrameNumber>) {
        self.number = number;
        self.borrowed = borrowed_from;
    }

    /// Time since the start of the video, where known.
    pub fn time(&self) -> Option<Duration> {
        self.time
    }

    /// Sets the time since the start of the video.
    pub fn set_time(&mut self, time: Option<Duration>) {
        self.time = time;
    }

    /// The bytes, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The bytes, row by row, to write.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// One row's bytes.
    ///
    /// # Panics
    /// When `y` is not below the height.
    pub fn row(&self, y: usize) -> &[u8] {
        let bytes = self.shape.row_bytes();
        &self.pixels[y * bytes..][..bytes]
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({}, {}", self.number, self.shape)?;
        if let Some(donor) = self.borrowed {
            write!(f, ", pixels of {donor}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_shapes_are_refused() {
        for (w, h) in [
            (0, 4),
            (4, 0),
            (FrameShape::MAX_SIDE + 1, 4),
            (4, usize::MAX),
        ] {
            assert!(matches!(
                FrameShape::new(w, h, PixelFormat::Rgb),
                Err(Error::InvalidShape { .. })
            ));
        }
    }

    #[test]
    fn rows_follow_each_other() {
        let shape = FrameShape::new(2, 3, PixelFormat::Rgb).unwrap();
        let frame = Frame::from_pixels(shape, FrameNumber(7), (0..18).collect()).unwrap();
        assert_eq!(frame.row(2), [12, 13, 14, 15, 16, 17]);
        assert!(Frame::from_pixels(shape, FrameNumber(7), vec![0; 17]).is_err());
    }

    #[test]
    fn a_relabelled_frame_keeps_its_pixels() {
        let shape = FrameShape::new(2, 1, PixelFormat::Gray).unwrap();
        let mut frame = Frame::from_pixels(shape, FrameNumber(7), vec![3, 4]).unwrap();
        frame.relabel(FrameNumber(9), Some(FrameNumber(7)));
        assert_eq!(
            (frame.number(), frame.borrowed_from()),
            (FrameNumber(9), Some(FrameNumber(7)))
        );
        frame.relabel(FrameNumber(7), None);
        assert_eq!(
            frame,
            Frame::from_pixels(shape, FrameNumber(7), vec![3, 4]).unwrap()
        );
    }

    #[test]
    fn a_reset_frame_owns_its_pixels_again() {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        let mut frame = Frame::new(shape);
        frame.lend_to(FrameNumber(5), FrameNumber(4));
        assert_eq!(
            (frame.number(), frame.borrowed_from()),
            (FrameNumber(5), Some(FrameNumber(4)))
        );
        frame.reset(shape.with_format(PixelFormat::Rgb), FrameNumber(6));
        assert_eq!(
            (frame.number(), frame.borrowed_from(), frame.pixels().len()),
            (FrameNumber(6), None, 12)
        );
    }
}
